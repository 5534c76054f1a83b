"""Evidence files, addressed by sha256 and never changed, on a disk or in an S3-compatible store."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import obstore
from obstore.store import LocalStore, S3Store

from models.base.disk import Room, room_at
from models.base.errors import EvidenceDamaged, EvidenceStoreAway, Invalid, NotFound

_SHA256_LENGTH = 64
_HEX = frozenset("0123456789abcdef")
INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class Kept:
    """One entry of the store's listing."""

    sha256: str
    bytes: int
    stored_at: datetime


class EvidenceFiles:
    """Files named by the sha256 of their bytes: `ab/cd/abcd…`.

    Args:
        root: the folder of the store and of unfinished uploads.
        bucket: an S3-compatible store instead; `root` then holds only unfinished uploads.
    """

    def __init__(self, root: Path, *, bucket: S3Store | None = None) -> None:
        self._root = root
        self._bucket = bucket
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._store: LocalStore | S3Store = bucket or LocalStore(root)

    @classmethod
    def at(cls, root: Path, url: str | None) -> Self:
        """Return the store at `s3://bucket/prefix`, with keys from AWS_… variables; without a URL the folder's store.

        Raises:
            Invalid: the URL has another form.
        """
        if not url:
            return cls(root)
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc or parts.query or parts.username:
            raise Invalid(
                "evidence store: expected s3://bucket or s3://bucket/prefix; set its keys with AWS_… variables"
            )
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        plain = {"client_options": {"allow_http": True}} if endpoint.startswith("http://") else {}
        return cls(root, bucket=S3Store.from_url(url, **plain))  # type: ignore[arg-type]

    @property
    def is_on_disk(self) -> bool:
        """Whether the files lie on the disk of `room`, and not in a bucket."""
        return self._bucket is None

    def room(self) -> Room:
        """Return the free room on the disk of uploads, and of evidence files unless a bucket holds them."""
        return room_at(self._root)

    def put(self, content: bytes) -> str:
        """Store bytes and return their sha256; storing the same bytes twice makes one file.

        When this returns, the file is durable (fsync, or the bucket's answer), so a row may refer to it.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.exists(sha256):
            with _answering():
                obstore.put(self._store, _key(sha256), content)
            self._settle(sha256)
        return sha256

    def take(self, file: Path) -> str:
        """Move a finished file into the store and return its sha256; the file is not read into memory."""
        with file.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
            os.fsync(content.fileno())
        if self._bucket is None:
            path = self._root / _key(sha256)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.replace(path)
            self._settle(sha256)
        else:
            with _answering():
                obstore.put(self._bucket, _key(sha256), file)
            file.unlink()
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the bytes of a file, checked against its name.

        Raises:
            NotFound: the store has no such file.
            EvidenceDamaged: the bytes have another sha256.
        """
        try:
            with _answering():
                content = bytes(obstore.get(self._store, _key(sha256)).bytes())
        except FileNotFoundError:
            raise NotFound(f"evidence file {sha256} is not in the store") from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise EvidenceDamaged(f"evidence file {sha256} has been changed in the store")
        return content

    def exists(self, sha256: str) -> bool:
        """Return whether the store has a file; its bytes are not checked."""
        try:
            with _answering():
                obstore.head(self._store, _key(sha256))
        except FileNotFoundError:
            return False
        return True

    def delete(self, sha256: str) -> None:
        """Delete a file; a missing file is no error."""
        try:
            with _answering():
                obstore.delete(self._store, _key(sha256))
        except FileNotFoundError:
            return

    def listing(self) -> Iterator[Kept]:
        """Yield every file of the store."""
        with _answering():
            for page in obstore.list(self._store):
                for entry in page:
                    name = entry["path"].rpartition("/")[2]
                    if len(name) == _SHA256_LENGTH and set(name) <= _HEX:
                        yield Kept(name, entry["size"], entry["last_modified"])

    @property
    def incoming(self) -> Path:
        """The folder of unfinished uploads, on the same file system."""
        folder = self._root / INCOMING
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def _settle(self, sha256: str) -> None:
        """Make a file on disk durable through a power cut: its bytes, and its name in the folder."""
        if self._bucket is not None:
            return
        path = self._root / _key(sha256)
        for place in (path, path.parent):
            handle = os.open(place, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


class _answering:  # noqa: N801 - reads as a word: `with _answering():`
    """Turns the library's errors into domain errors; a missing file stays FileNotFoundError."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, FileNotFoundError | GeneratorExit) or error is None:
            return
        if isinstance(error, obstore.exceptions.BaseError | OSError):
            text = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
            raise EvidenceStoreAway(f"the evidence store does not answer: {text}") from error


def _key(sha256: str) -> str:
    if len(sha256) != _SHA256_LENGTH or not set(sha256) <= _HEX:
        raise Invalid(f"expected a sha256 of 64 hex digits, got {sha256[:80]!r}")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"
