"""The page of leads to enforcement."""
