"""Notices by message: rules, text, timing, and the sender."""
