"""Authentication, the caller's rights, and limits on guessing passwords."""
