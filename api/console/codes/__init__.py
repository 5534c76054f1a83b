"""The pages of codes: values with their origins, overrides and their history."""
