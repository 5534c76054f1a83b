"""The page of what the public reported."""
