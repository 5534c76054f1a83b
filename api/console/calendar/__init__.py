"""The page of the working calendar."""
