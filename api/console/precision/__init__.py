"""The page of measured precision and tuning proposals."""
