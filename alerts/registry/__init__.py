"""Registering, importing, and who may change what is supervised."""
