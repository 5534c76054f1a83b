"""Pixels: decoding, motion, picture health, blurred faces, clips."""
