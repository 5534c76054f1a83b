"""Sign with an Ed25519 key that lies in a file readable by its owner alone."""

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from models.base.errors import Invalid

_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with a private key."""

    key: Ed25519PrivateKey

    @classmethod
    def read(cls, path: Path) -> "Signer":
        """Read a key.

        Raises:
            Invalid: the file is missing or no Ed25519 key in PEM.
        """
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not readable as PEM"
            raise Invalid(f"signing key {path.name}: {reason}; expected an Ed25519 private key in PEM") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise Invalid(f"signing key {path.name}: expected an Ed25519 key")
        return cls(key)

    @property
    def public_pem(self) -> str:
        """The public half, as PEM."""
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def key_id(self) -> str:
        """The first 16 digits of the SHA-256 of the public half."""
        return sha256(self.public_pem.encode()).hexdigest()[:16]

    def sign(self, message: bytes) -> str:
        """Return the signature, in hexadecimal digits."""
        return self.key.sign(message).hex()


def make_key(path: Path) -> None:
    """Write a new key; does nothing if the file exists."""
    if path.exists():
        return
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)


def is_signed(message: bytes, signature: str, public_pem: str) -> bool:
    """Return whether a signature fits a message and a public key."""
    key = load_pem_public_key(public_pem.encode())
    if not isinstance(key, Ed25519PublicKey):
        return False
    try:
        key.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
