"""Encrypt the secrets that the database must give back: of webhooks, channels and second factors (Fernet).

Who reads a copy of the database then reads none of them. The keys come from `MINGCHU_SECRET_KEY_FILE`, one a line, or
`MINGCHU_SECRET_KEYS`, with commas between: the first encrypts, all decrypt, so that keys can be changed.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from models.base.atomic import write_atomically
from models.base.errors import Invalid

MARK = "sealed:1:"
"""Begins every encrypted value. Values from before there was a key are stored as they are."""
FILE, KEYS = "MINGCHU_SECRET_KEY_FILE", "MINGCHU_SECRET_KEYS"


class SecretBox:
    """Encrypts and decrypts; without keys it stores secrets as they are."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        try:
            fernets = [Fernet(key) for key in keys]
        except ValueError:
            raise Invalid(f"{FILE} or {KEYS}: expected Fernet keys, 32 bytes in URL-safe Base64 each") from None
        self._first = fernets[0] if fernets else None
        self._fernet = MultiFernet(fernets) if fernets else None

    @property
    def locked(self) -> bool:
        """Whether there is a key."""
        return self._fernet is not None

    def seal(self, secret: str) -> str:
        """Return what the database stores of a secret."""
        return secret if self._fernet is None else MARK + self._fernet.encrypt(secret.encode()).decode()

    def unseal(self, stored: str) -> str:
        """Return the secret in a stored value.

        Raises:
            Invalid: none of the keys decrypts it.
        """
        if not stored.startswith(MARK):
            return stored
        try:
            if self._fernet is not None:
                return self._fernet.decrypt(stored.removeprefix(MARK)).decode()
        except InvalidToken:
            pass
        raise Invalid(f"no key in {FILE} or {KEYS} decrypts a stored secret; add the key that encrypted it")

    def renewed(self, stored: str) -> str:
        """Return a stored value, encrypted with the first key.

        Raises:
            Invalid: none of the keys decrypts it.
        """
        return self.seal(self.unseal(stored))

    def is_current(self, stored: str) -> bool:
        """Return whether the first key encrypted a stored value."""
        if self._first is None or not stored.startswith(MARK):
            return False
        try:
            self._first.decrypt(stored.removeprefix(MARK))
        except InvalidToken:
            return False
        return True


def secret_box() -> SecretBox:
    """Return the box with the keys that the environment names now; a changed file counts at once.

    Raises:
        Invalid: the file can't be read, or holds no keys.
    """
    path = os.environ.get(FILE, "")
    try:
        changed = Path(path).stat().st_mtime_ns if path else 0
    except OSError:
        changed = -1
    return _box(path, os.environ.get(KEYS, ""), changed)


@lru_cache(maxsize=8)
def _box(path: str, inline: str, _changed: int) -> SecretBox:
    return SecretBox(keys_of({FILE: path, KEYS: inline}))


def keys_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys that the environment names, the current one first.

    Raises:
        Invalid: the file can't be read, or is empty.
    """
    inline = tuple(filter(None, (key.strip() for key in environment.get(KEYS, "").split(","))))
    path = environment.get(FILE)
    if not path:
        return inline
    try:
        found = tuple(filter(None, map(str.strip, Path(path).read_text(encoding="ascii").splitlines())))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not ASCII"
        raise Invalid(f"{FILE}: {Path(path).name}: {reason}; expected a file with a key a line") from None
    if not found:
        raise Invalid(f"{FILE}: {Path(path).name} is empty; expected a key a line")
    return (*inline, *found)


def make_keys(path: Path) -> None:
    """Write a file with a new key, readable by its owner alone; does nothing if the file exists."""
    if not path.exists():
        _write(path, [Fernet.generate_key().decode()])


def add_key(path: Path) -> None:
    """Put a new key before those in a file: from now on it encrypts. The two before it stay, older ones go."""
    _write(path, [Fernet.generate_key().decode(), *path.read_text(encoding="ascii").split()[:2]])


def _write(path: Path, keys: list[str]) -> None:
    write_atomically(path, "\n".join(keys) + "\n")
