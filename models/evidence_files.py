"""Evidence files on disk, addressed by their sha256; written once, never changed."""

import hashlib
import os
import tempfile
from pathlib import Path

from models.errors import EvidenceDamaged, Invalid, NotFound

_SHA256_LENGTH = 64


class EvidenceFiles:
    """A folder of files named by the sha256 of their bytes: `ab/cd/abcd…`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, content: bytes) -> str:
        """Store bytes and give their sha256; storing the same bytes twice is one file.

        The file is on disk (fsync) when this returns, so a row may point to it.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        if path.exists():
            return sha256
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return sha256

    def take(self, file: Path) -> str:
        """Move a finished file of this file system in and give its sha256; it is not read into memory."""
        with file.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
            os.fsync(content.fileno())
        path = self._path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.replace(path)
        return sha256

    @property
    def incoming(self) -> Path:
        """Where uploads grow until they are whole; on the same file system."""
        folder = self._root / "incoming"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their name.

        Raises:
            NotFound: no such file.
            EvidenceDamaged: the bytes on disk have another sha256.
        """
        path = self._path(sha256)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise NotFound(f"evidence file {sha256} is not on disk") from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise EvidenceDamaged(f"evidence file {sha256} has been changed on disk")
        return content

    def _path(self, sha256: str) -> Path:
        if len(sha256) != _SHA256_LENGTH or not all(c in "0123456789abcdef" for c in sha256):
            raise Invalid(f"expected a sha256 of 64 hex digits, got {sha256[:80]!r}")
        return self._root / sha256[:2] / sha256[2:4] / sha256
