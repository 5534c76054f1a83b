"""From a frame to a stored violation: mailbox, decoding, the camera's eye, storing."""
