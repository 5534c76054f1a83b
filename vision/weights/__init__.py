"""The shipped weights, and the check of their sha256 before they run."""
