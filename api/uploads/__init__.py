"""Files that arrive in pieces, and their inspection."""
