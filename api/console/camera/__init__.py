"""The page of one camera: what its judge has learnt in front of it."""
