"""The page of day records."""
