"""The evidence store, and the structure of JPEG files."""
