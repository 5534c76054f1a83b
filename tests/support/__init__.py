"""What several tests need: a seeded registry, a running intake, a node of it."""
