"""What lasts: each module keeps the core's EventLog and Records ports."""
