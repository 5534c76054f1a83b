"""The live wall."""
