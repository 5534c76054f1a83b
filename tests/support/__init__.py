"""Shared helpers of tests: a seeded registry, a running intake, one of its nodes."""
