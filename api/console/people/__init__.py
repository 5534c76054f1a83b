"""The page of accountable people."""
