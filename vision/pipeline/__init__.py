"""From a frame to a stored violation: mailbox, decoding, judging, storing."""
