"""Inference runtimes behind one door: a batch of squares in, the raw head out."""
