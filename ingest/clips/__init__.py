"""Clips asked from nodes, and the inspection of uploaded files."""
