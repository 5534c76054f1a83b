"""Measurements that print a ratio against a named peer in the same run."""
