"""The log-in page."""
