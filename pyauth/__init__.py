"""pyauth: a complete authentication server for Flask and any WSGI stack."""
