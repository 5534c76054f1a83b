"""Deadlines of rectification tasks, and the overdue levels after them. Pure."""
