"""The shipped weights, and the check before they run."""
