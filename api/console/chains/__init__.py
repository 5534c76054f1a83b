"""The page of escalation chains."""
