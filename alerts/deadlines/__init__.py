"""Deadlines of rectification tasks, and what happens when nobody keeps them. Pure."""
