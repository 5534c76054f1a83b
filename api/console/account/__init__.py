"""Your own account: password, second factor, sessions."""
