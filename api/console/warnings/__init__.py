"""The page of warnings about duties."""
