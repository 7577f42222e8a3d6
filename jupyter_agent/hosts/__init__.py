"""Where cells live: each module is one way to keep the core's Notebook port."""
