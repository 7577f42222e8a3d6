"""Where code runs: executing it, and looking at variables without disturbing them."""
