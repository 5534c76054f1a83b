"""A photo that somebody uploads: received, decoded completely, and kept in the evidence store."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from fastapi import UploadFile

from api.problems import TooLarge
from api.state import App
from models.base.errors import NoPicture
from models.base.ids import uuid7
from models.catalogue.terms import EvidenceKind
from models.domain.evidence import Evidence
from models.domain.place import Owner, owner_of

_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_RIFF, _WEBP = b"RIFF", b"WEBP"
_HEAD = 64
_LEAST_BITS = 5
"""With fewer set (or unset) bits a fingerprint shows a plain surface, and all plain surfaces look alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo in the evidence store; `fingerprint` (a signed 64-bit number) is None if it shows almost nothing."""

    sha256: str
    size: int
    mime: str
    width: int
    height: int
    fingerprint: int | None

    def as_evidence(self, of: Owner, kind: EvidenceKind, *, at: datetime, **about: Any) -> Evidence:  # noqa: ANN401 - JSON
        """Return a new piece of evidence: this photo, of a task. `about` is added to its detail."""
        return Evidence(
            id=uuid7(),
            **owner_of(of),
            kind=kind,
            sha256=self.sha256,
            bytes=self.size,
            mime=self.mime,
            captured_at=at,
            detail={**about, "width": self.width, "height": self.height},
        )


def received(file: UploadFile, app: App) -> Photo:
    """Keep an uploaded photo (JPEG, PNG or WebP) in the evidence store, once it was decoded completely.

    Raises:
        NoPicture: it is none of these types.
        TooLarge: it has more than `max_upload_bytes`.
        PictureRefused: it can't be decoded, or is too large a picture.
        NotReady: too many uploads are being decoded right now.
    """
    with NamedTemporaryFile(dir=app.files.incoming, prefix="photo-", delete=False) as kept:
        path = Path(kept.name)
    try:
        size = _copied(file, path, most=app.settings.max_upload_bytes)
        found = app.inspector.photo(path)
        return Photo(
            sha256=app.files.take(path),
            size=size,
            mime=found["mime"],
            width=found["width"],
            height=found["height"],
            fingerprint=_fingerprint(found),
        )
    finally:
        path.unlink(missing_ok=True)


def _copied(file: UploadFile, path: Path, *, most: int) -> int:
    head = file.file.read(_HEAD)
    _expect_picture(head)
    with path.open("wb") as kept:
        kept.write(head)
        shutil.copyfileobj(file.file, kept)
        size = kept.tell()
    if size > most:
        raise TooLarge(f"photo: expected at most {most // 1024**2} MiB")
    return size


def _expect_picture(head: bytes) -> None:
    webp = head[:4] == _RIFF and head[8:12] == _WEBP
    if not webp and not head.startswith(_MAGIC):
        raise NoPicture("photo: expected a JPEG, PNG or WebP picture")


def _fingerprint(found: dict[str, Any]) -> int | None:
    bits = int(found["fingerprint"])
    if not _LEAST_BITS <= bits.bit_count() <= 64 - _LEAST_BITS:
        return None
    return bits - 2**64 if bits >= 2**63 else bits
