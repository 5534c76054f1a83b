"""Alerts are reviewed, and confirmed hazards become rectification tasks."""
