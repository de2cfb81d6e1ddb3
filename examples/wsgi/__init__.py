"""A small service with accounts, on Werkzeug alone."""
