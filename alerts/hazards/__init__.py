"""Review alerts, and turn confirmed hazards into rectification tasks."""
