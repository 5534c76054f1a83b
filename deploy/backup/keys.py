"""The keys of a data folder, under a passphrase (scrypt, then Fernet)."""

import base64
import os
from hashlib import sha256
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from deploy.backup.errors import BackupError
from deploy.places import PLATFORM_USERS, Places
from deploy.tls import TlsFiles
from models.base.atomic import write_atomically
from models.base.jsonio import dumps, loads
from models.base.sealed import FILE

MAGIC = b"mingchu-keys-1\n"
SHORTEST = 12
_SALT = 16


def key_places(places: Places) -> dict[str, Path]:
    """Return where each file with keys belongs, by its name in a backup: where the settings say, else in the folder."""
    return {
        places.secret_key.name: Path(os.environ.get(FILE) or places.secret_key),
        places.signing_key.name: Path(os.environ.get("MINGCHU_SIGNING_KEY_FILE") or places.signing_key),
        places.node_secrets.name: places.node_secrets,
        **_certificates(places),
        **{user: places.secrets / user for user in PLATFORM_USERS},
    }


def key_files(places: Places) -> dict[str, Path]:
    """Return the files with keys that exist, by their name in a backup."""
    return {name: path for name, path in key_places(places).items() if path.is_file()}


def prints_of(places: Places) -> dict[str, str]:
    """Return the first digits of the sha256 of each file, by which its owner recognises the right one."""
    return {name: sha256(path.read_bytes()).hexdigest()[:16] for name, path in key_files(places).items()}


def passphrase_in(file: Path) -> bytes:
    """Read a passphrase.

    Raises:
        BackupError: `passphrase_refused` if it can't be read or is short.
    """
    try:
        found = file.read_bytes().strip()
    except OSError as error:
        raise BackupError("passphrase_refused", f"{file}: {error.strerror}", "Name a file that you may read.") from None
    if len(found) < SHORTEST:
        raise BackupError(
            "passphrase_refused", f"{file}: {len(found)} bytes, expected {SHORTEST} or more", "Choose a longer one."
        )
    return found


def seal_keys(places: Places, passphrase: bytes) -> bytes:
    """Return the keys, encrypted."""
    salt = os.urandom(_SALT)
    plain = {name: path.read_text(encoding="utf-8") for name, path in key_files(places).items()}
    return MAGIC + salt + _box(passphrase, salt).encrypt(dumps(plain).encode())


def unseal_keys(sealed: bytes, passphrase: bytes) -> dict[str, str]:
    """Return the keys by name.

    Raises:
        BackupError: `passphrase_wrong`.
    """
    rest = sealed.removeprefix(MAGIC)
    try:
        plain = _box(passphrase, rest[:_SALT]).decrypt(rest[_SALT:])
    except InvalidToken:
        raise BackupError(
            "passphrase_wrong",
            "the passphrase does not open the keys of this backup",
            "Name the file with the right one.",
        ) from None
    return {str(name): str(text) for name, text in loads(plain).items()}


def put_keys(places: Places, found: dict[str, str]) -> list[str]:
    """Write keys where they belong; return the names of those written. A file that is there already stays as it is."""
    written = []
    for name, path in key_places(places).items():
        if name in found and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(path, found[name])
            written.append(name)
    return written


def _certificates(places: Places) -> dict[str, Path]:
    """Return the files of our own authority and of the doors' certificate."""
    files = TlsFiles(places.tls)
    return {path.name: path for path in (files.authority, files.authority_key, files.certificate, files.key)}


def _box(passphrase: bytes, salt: bytes) -> Fernet:
    derived = Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase)
    return Fernet(base64.urlsafe_b64encode(derived))
