"""Stories told in a real browser, with a real JupyterLab and a real kernel."""
