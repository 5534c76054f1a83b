"""Every event type there is, its payload and its envelope. Pure."""
