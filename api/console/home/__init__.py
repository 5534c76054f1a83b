"""The home page of people of an enterprise (三人三责)."""
