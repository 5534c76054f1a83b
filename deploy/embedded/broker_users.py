"""Accounts of the broker, and the hashes of their secrets."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

ITERATIONS = 1_000
SALT_BYTES = 12
HASH_BYTES = 64
FIELDS = 5
USER_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,127}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerUser:
    """One account at the broker: a node, or a role of the platform.

    Attributes:
        name: User name; for a node its id, which is also the topic level it may write below.
        mosquitto_hash: The secret as hashed by the function `mosquitto_hash`.
        secret: The secret in clear, which only iotcore needs; None leaves the user out of an iotcore broker.
        platform: True for a role of the platform, which may read and write all topics; a node only its own.

    Raises:
        ValueError: The name could be read as a wildcard, a topic level or another line of the file.
    """

    name: str
    mosquitto_hash: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    platform: bool = False

    def __post_init__(self) -> None:
        if not USER_NAME.fullmatch(self.name):
            raise ValueError(f"expected a broker user name of letters, digits, _ . and -, got {self.name!r}")
        if not re.fullmatch(r"[A-Za-z0-9+/=$]+", self.mosquitto_hash):
            raise ValueError(f"expected a $7$ hash for {self.name}")


def mosquitto_hash(secret: str, *, salt: bytes | None = None, iterations: int = ITERATIONS) -> str:
    """Return the secret as mosquitto's password file holds it: `$7$iterations$salt$hash`, PBKDF2-HMAC-SHA512.

    Secrets of nodes and roles are generated with 128 bits or more, so few iterations are safe (mosquitto's own tool
    uses 101). Few are also necessary: the broker checks passwords on its only thread, and after an outage all nodes
    reconnect at once.

    Args:
        secret: The secret in clear.
        salt: Twelve bytes, the only length that mosquitto 2.0 accepts; random by default.
        iterations: Number of hash iterations.
    """
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    made = hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, iterations, HASH_BYTES)
    return f"$7${iterations}${base64.b64encode(salt).decode()}${base64.b64encode(made).decode()}"


def verify_mosquitto_hash(secret: str, stored: str) -> bool:
    """Return whether `stored` is a hash of `secret`; False for a hash that cannot be parsed."""
    parts = stored.split("$")
    if len(parts) != FIELDS or parts[:2] != ["", "7"]:
        return False
    try:
        iterations, salt = int(parts[2]), base64.b64decode(parts[3], validate=True)
        again = mosquitto_hash(secret, salt=salt, iterations=iterations)
    except ValueError:
        return False
    return hmac.compare_digest(again.encode(), stored.encode())
