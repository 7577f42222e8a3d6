"""What every store has to keep, told once and run over each kind; and what only some of them can do wrong."""
