"""Files of evidence, checks of pictures, and the verifier of exported bundles."""
