"""Detections of one camera become violations over time. Pure: no pixels, database or broker."""
