"""Who thinks: each module is one kind of agent behind the core's Agent port."""
