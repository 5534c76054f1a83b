"""The pages of rectification tasks."""
