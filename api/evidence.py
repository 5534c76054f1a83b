"""Which file of a piece of evidence a principal may read, and how the API sends it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Literal, get_args

from fastapi import Response

from api.access.principal import Principal
from models.base.errors import CopyFailed, CopyOverdue, Invalid, NotAllowed, NotFound
from models.catalogue.terms import CopyKind, EvidenceKind, Role
from models.domain.evidence import Evidence
from models.store import Write, clips, evidence

Copy = Literal["original", "review", "redacted"]
PATIENCE = timedelta(minutes=15)
"""Making a copy takes seconds, of a film some minutes; three attempts with pauses end within this time."""
SEES_FACES = frozenset({Role.regulator, Role.admin})
OwnPhoto = Literal["photo_after", "photo_appeal"]
"""What an enterprise shows by photos of its own."""
_OWN = frozenset(EvidenceKind(kind) for kind in get_args(OwnPhoto))


@dataclass(frozen=True, slots=True)
class File:
    """A file of the evidence store."""

    sha256: str
    mime: str


def opened(
    w: Write, piece: Evidence, copy: Copy | None, principal: Principal, *, reason: str = "", at: datetime
) -> File | None:
    """Return the file for a principal and log the access; None while the copy is being made.

    Raises:
        NotAllowed: the principal may not read the original.
        CopyFailed: the copy can't be made; the message states why.
        CopyOverdue: no process has made the copy within `PATIENCE`.
        NotFound: the file was deleted after its retention time.
    """
    wanted = _allowed(piece, copy, principal)
    purged = evidence.purge_of(w, piece.id)
    if purged is not None:
        raise NotFound(f"the file was deleted after its retention time, at {purged.purged_at:%Y-%m-%d %H:%M} UTC")
    if wanted == "original":
        evidence.note_look(w, piece, copy=wanted, reason=reason)
        return File(piece.sha256, piece.mime)
    kind = CopyKind(wanted)
    known = clips.copy_of(w, piece.id, kind=kind)
    if known is None:
        clips.want_copy(w, piece.id, kind=kind, at=at)
        return None
    if known.state == "failed":
        raise CopyFailed(f"the {wanted} copy could not be made in {known.attempts} attempts: {known.error}")
    if known.sha256 is None or known.mime is None:
        if at - known.wanted_at > PATIENCE:
            raise CopyOverdue
        return None
    evidence.note_look(w, piece, copy=wanted, reason=reason)
    return File(known.sha256, known.mime)


def _allowed(evidence: Evidence, copy: Copy | None, principal: Principal) -> Copy:
    """Allow reviewers the original, and others the copy with hidden faces, except an enterprise its own photos."""
    own = evidence.kind in _OWN and principal.role is Role.enterprise
    if principal.role in SEES_FACES or own:
        return copy or "original"
    if copy in {None, "redacted"}:
        return "redacted"
    raise NotAllowed("your role sees evidence with hidden faces only; ask for copy=redacted")


def sent(content: bytes, file: File, span: str | None) -> Response:
    """Return the answer with the whole file, or with the single range that a player requests (RFC 9110 §14)."""
    headers = {
        "Cache-Control": "private, no-store",  # so that the log also names the next person at this browser
        "ETag": f'"{file.sha256}"',
        "Accept-Ranges": "bytes",
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
    }
    if span is None or "," in span:
        return Response(content, media_type=file.mime, headers=headers)
    first, last = _span(span, len(content))
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], HTTPStatus.PARTIAL_CONTENT.value, headers=headers, media_type=file.mime)


def _span(text: str, size: int) -> tuple[int, int]:
    """Return the first and last byte of a `Range` header.

    Raises:
        Invalid: the header has another form, or the range lies outside the file.
    """
    begin, dash, end = text.removeprefix("bytes=").partition("-")
    numbers = all(not t or (t.isascii() and t.isdigit() and len(t) < 16) for t in (begin, end))  # noqa: PLR2004 - far beyond any file
    if not text.startswith("bytes=") or not dash or not numbers or not (begin or end):
        raise Invalid(f"Range {text[:60]!r}: expected `bytes=first-last`")
    if not begin:
        return max(0, size - int(end)), size - 1
    first, last = int(begin), min(int(end) if end else size - 1, size - 1)
    if first > last:
        raise Invalid(f"Range {text[:60]!r}: the file has {size} bytes")
    return first, last
