"""The second look: small crops of a frame in full resolution, classified before a rule opens a violation."""
