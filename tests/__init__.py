"""The tests mirror the rooms of jupyter_agent; e2e holds the stories told in a real browser."""
