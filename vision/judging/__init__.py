"""Turn detections of one camera over time into violations. Pure: no pixels, database or broker."""
