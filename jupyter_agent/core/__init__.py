"""The ideas: what a run, a thread, a log and a notebook are. No web framework, no Jupyter, no model library."""
