"""Passwords and API keys: pure functions, which the command line uses too."""

import hmac
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.base.tokens import token_digest

KEY_SCHEME = "mk"
_HASHER = PasswordHasher()
_PARTS = 3


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its parameters and salt."""
    return _HASHER.hash(password)


def verify_password(stored: str, password: str) -> bool:
    """Return whether `stored` is the hash of `password`."""
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def make_api_key() -> tuple[str, str, str]:
    """Return a new key: (prefix, SHA-256 of its secret, the whole key `mk_{prefix}_{secret}` to show once)."""
    prefix, secret = secrets.token_hex(5), secrets.token_hex(24)
    return prefix, token_digest(secret), f"{KEY_SCHEME}_{prefix}_{secret}"


def split_api_key(shown: str) -> tuple[str, str] | None:
    """Return (prefix, secret) of a presented key; None if it has another form."""
    parts = shown.split("_")
    if len(parts) != _PARTS or parts[0] != KEY_SCHEME:
        return None
    return parts[1], parts[2]


def secret_matches(stored_digest: str, secret: str) -> bool:
    """Return whether a secret has this digest; compare in constant time."""
    return hmac.compare_digest(stored_digest, token_digest(secret))
