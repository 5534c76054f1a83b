"""Which bytes of a piece of evidence somebody may have, and how they are sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Literal

from fastapi import Response

from api.access.principal import Principal
from models.base.errors import CopyFailed, CopyOverdue, Invalid, NotAllowed, NotFound
from models.catalogue.terms import CopyKind, EvidenceKind, Role
from models.domain.evidence import Evidence
from models.store import Write, clips, evidence

Copy = Literal["original", "review", "redacted"]
PATIENCE = timedelta(minutes=15)
"""A copy takes seconds, a film's some minutes; three tries with pauses are over after this."""
SEES_FACES = frozenset({Role.regulator, Role.admin})


@dataclass(frozen=True, slots=True)
class File:
    """A file of the evidence store."""

    sha256: str
    mime: str


def opened(w: Write, piece: Evidence, copy: Copy | None, principal: Principal, *, at: datetime) -> File | None:
    """The file that somebody gets, with the look logged; None while the copy is being made.

    Raises:
        NotAllowed: the original is not for them.
        CopyFailed: the copy can't be made, and why.
        CopyOverdue: nobody makes it.
        NotFound: the file's time was over.
    """
    wanted = _allowed(piece, copy, principal)
    purged = evidence.purge_of(w, piece.id)
    if purged is not None:
        raise NotFound(f"its retention time was over; the file was deleted at {purged.purged_at:%Y-%m-%d %H:%M} UTC")
    if wanted == "original":
        evidence.log_access(w, actor=principal.name, action="view", evidence_id=piece.id)
        return File(piece.sha256, piece.mime)
    kind = CopyKind(wanted)
    known = clips.copy_of(w, piece.id, kind=kind)
    if known is None:
        clips.want_copy(w, piece.id, kind=kind, at=at)
        return None
    if known.state == "failed":
        raise CopyFailed(f"the {wanted} copy can't be made, after {known.attempts} tries: {known.error}")
    if known.sha256 is None or known.mime is None:
        if at - known.wanted_at > PATIENCE:
            raise CopyOverdue
        return None
    evidence.log_access(w, actor=principal.name, action=f"view_{wanted}", evidence_id=piece.id)
    return File(known.sha256, known.mime)


def _allowed(evidence: Evidence, copy: Copy | None, principal: Principal) -> Copy:
    """Reviewers see what is; others see it with faces hidden, but for photos that the enterprise took itself."""
    own = evidence.kind is EvidenceKind.photo_after and principal.role is Role.enterprise
    if principal.role in SEES_FACES or own:
        return copy or "original"
    if copy in {None, "redacted"}:
        return "redacted"
    raise NotAllowed("faces are hidden in what leaves the evidence store; ask for copy=redacted")


def sent(content: bytes, file: File, span: str | None) -> Response:
    """The answer: all of it, or the one range that a player asks for (RFC 9110 §14)."""
    headers = {
        "Cache-Control": "private, no-store",  # the next person at this browser looks for themselves, and is logged
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
    """First and last byte of a `Range` header.

    Raises:
        Invalid: another form, or nothing of the file in it.
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
