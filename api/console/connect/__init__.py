"""The page on which an enterprise connects its cameras."""
