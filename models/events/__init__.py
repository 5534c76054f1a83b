"""Every event type, its payload and the envelope. Pure."""
