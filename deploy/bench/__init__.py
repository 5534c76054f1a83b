"""Benchmarks that print a ratio against a named peer of the same run."""
