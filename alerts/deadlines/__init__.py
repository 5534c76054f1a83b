"""Deadlines of rectification tasks, working calendars and overdue levels. Pure."""
