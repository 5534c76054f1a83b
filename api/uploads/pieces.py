"""Files that arrive in pieces: each grows under the id of its request until it is complete."""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from models.base.errors import Conflict, Invalid
from models.base.jsonio import dumps, loads

FORGOTTEN_AFTER_S = 24 * 3600.0
BLOCK = 256 * 1024


class OffsetMismatch(Conflict):
    """The piece does not begin at the end of the upload so far; continue at `Upload-Offset`."""

    code = "offset_mismatch"

    def __init__(self, offset: int) -> None:
        super().__init__(f"the upload has {offset} bytes so far; continue there")
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Piece:
    """The place of a request's bytes in its file: `first`–`last` (inclusive) of `total`."""

    first: int
    last: int
    total: int

    @classmethod
    def parse(cls, header: str | None, *, size: int, most: int) -> "Piece":
        """Parse `Content-Range: bytes first-last/total`; without the header the body is the whole file.

        Raises:
            Invalid: the header has another form, the range does not fit the body, or the file exceeds `most` bytes.
        """
        first, last, total = 0, size - 1, size
        if header is not None:
            unit, _, rest = header.partition(" ")
            span, _, whole = rest.partition("/")
            begin, _, end = span.partition("-")
            if unit != "bytes" or not all(t.isascii() and t.isdigit() and len(t) < 16 for t in (begin, end, whole)):  # noqa: PLR2004 - far beyond any file
                raise Invalid(f"Content-Range {header[:80]!r}: expected `bytes first-last/total`")
            first, last, total = int(begin), int(end), int(whole)
        if size == 0 or last - first + 1 != size or last >= total:
            raise Invalid(f"Content-Range {first}-{last}/{total} does not fit a body of {size} bytes")
        if total > most:
            raise Invalid(f"a file of {total} bytes, expected at most {most}")
        return cls(first, last, total)


class Uploads:
    """A folder of growing files. Several processes may serve the same upload: a file lock orders them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def offset(self, upload: UUID) -> int:
        """Return how many bytes have arrived."""
        try:
            return self._path(upload).stat().st_size
        except FileNotFoundError:
            return 0

    def add(self, upload: UUID, piece: Piece, body: BinaryIO) -> Path | None:
        """Append a piece, read from `body`; return the file's path once it is complete, else None.

        Raises:
            OffsetMismatch: the piece does not begin at the end of the upload so far.
        """
        with self._locked(upload) as file:
            stands = file.seek(0, os.SEEK_END)
            if piece.first != stands:
                raise OffsetMismatch(stands)
            shutil.copyfileobj(body, file, BLOCK)
            file.flush()
            os.fsync(file.fileno())
        return self._path(upload) if piece.last + 1 == piece.total else None

    def note(self, upload: UUID, about: dict[str, Any]) -> None:
        """Store a file's announcement, so that another process can finish the upload if this one dies at its end."""
        self._about(upload).write_text(dumps(about), encoding="utf-8")

    def noted(self, upload: UUID) -> dict[str, Any] | None:
        """Return the stored announcement; None if there is none."""
        try:
            return dict(loads(self._about(upload).read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return None

    def file(self, upload: UUID) -> Path:
        """Return the path of the growing file."""
        return self._path(upload)

    def drop(self, upload: UUID) -> None:
        """Delete an upload's files."""
        self._path(upload).unlink(missing_ok=True)
        self._about(upload).unlink(missing_ok=True)
        (self._folder / f"{upload}.alone").unlink(missing_ok=True)

    def drop_forgotten(self) -> int:
        """Delete files that have not grown for a day; return how many."""
        gone = 0
        for path in (path for kind in ("part", "about", "alone") for path in self._folder.glob(f"*.{kind}")):
            if time.time() - path.stat().st_mtime > FORGOTTEN_AFTER_S:
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    @contextmanager
    def alone(self, upload: UUID) -> Iterator[None]:
        """Hold the lock for storing a complete file, so that only one process stores it."""
        with (self._folder / f"{upload}.alone").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _locked(self, upload: UUID) -> Iterator[BinaryIO]:
        with self._path(upload).open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _path(self, upload: UUID) -> Path:
        return self._folder / f"{upload}.part"

    def _about(self, upload: UUID) -> Path:
        return self._folder / f"{upload}.about"


def digest_of(path: Path) -> bytes:
    """Return the SHA-256 of a file."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").digest()
