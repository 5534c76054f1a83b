"""The page of the duty index."""
