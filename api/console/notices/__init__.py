"""The page of notices by message."""
