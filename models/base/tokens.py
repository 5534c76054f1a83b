"""Random secrets that are shown once, and the digest under which one is stored."""

import hashlib
import secrets

_BYTES = 24


def new_token() -> str:
    """Return a new token: 192 random bits, safe in a URL."""
    return secrets.token_urlsafe(_BYTES)


def token_digest(token: str) -> str:
    """Return the SHA-256 under which a token is stored: 192 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
