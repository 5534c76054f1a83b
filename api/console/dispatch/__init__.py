"""The page of the daily dispatch."""
