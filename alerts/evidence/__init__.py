"""Retention of evidence, the chain that seals it, and its export."""
