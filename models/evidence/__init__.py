"""Files of evidence and the pictures among them."""
