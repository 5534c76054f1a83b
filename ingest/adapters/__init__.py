"""What other makes say, put into our words. Pure: bytes in, values out."""
