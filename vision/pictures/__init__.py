"""Work on pixels: decoding, motion, picture health, blurred faces, clips."""
