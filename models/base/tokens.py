"""Random secrets that are shown once, and the digests under which they are stored."""

import hashlib
import secrets

_BYTES = 24


def new_token() -> str:
    """Return 192 random bits as text that is safe in a URL."""
    return secrets.token_urlsafe(_BYTES)


def token_digest(token: str) -> str:
    """Return the SHA-256 under which a random token is stored; 192 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
