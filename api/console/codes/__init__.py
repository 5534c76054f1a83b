"""The page of codes: values, where each comes from, overrides and their history."""
