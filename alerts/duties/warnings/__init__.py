"""Warnings (自动预警) that a duty was not done: rules as data, and their evaluation."""
