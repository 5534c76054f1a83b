"""Translate the alarms of other makes into our codes. Pure: bytes in, values out."""
