"""Review alerts, dispatch rectification tasks for confirmed hazards, and take the tasks' steps."""
