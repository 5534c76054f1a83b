"""Request clips from nodes, and inspect uploaded files."""
