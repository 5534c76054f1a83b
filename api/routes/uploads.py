"""Uploads of clips by nodes. Each upload address is secret, expires, and accepts one file."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path as FilePath
from tempfile import TemporaryFile
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.problems import TooLarge
from api.requests import AppState
from api.schemas import UploadedOut
from api.state import App
from api.uploads.pieces import Piece, Uploads, digest_of
from models.base.clock import parse_rfc3339, rfc3339
from models.base.errors import Invalid, NotFound, PictureRefused
from models.base.ids import uuid7
from models.base.tokens import token_digest
from models.catalogue.terms import CopyKind, EvidenceKind
from models.changes.clips import store_clip
from models.domain.clips import ClipRequest, Span, shown_span
from models.domain.evidence import Evidence
from models.domain.place import owner_of
from models.domain.uploads import COMPLETE, OFFSET, WHOLE
from models.store import Scope, clips

router = APIRouter(prefix="/v1", tags=["uploads"])

Token = Annotated[str, Path(min_length=16, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]
Codec = Literal["h264", "hevc"]
MP4_MARK = b"ftyp"


def _clip_of(app: App, token: str) -> ClipRequest:
    """Return the clip request that an upload address belongs to.

    Raises:
        NotFound: the address is unknown or has expired.
    """
    with app.store.read(Scope.of_access()) as r:
        found = clips.of_token(r, token_sha256=token_digest(token), at=app.clock.now())
    if found is None:
        raise NotFound("this upload address is unknown or has expired; wait for a new request")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What a node announces about the file that it uploads."""

    digest: bytes
    total: int
    shown: Span
    codec: Codec

    def noted(self) -> dict[str, Any]:
        """Return the announcement as JSON."""
        return {
            "digest": self.digest.hex(),
            "total": self.total,
            "start": rfc3339(self.shown.start),
            "end": rfc3339(self.shown.end),
            "codec": self.codec,
        }

    @classmethod
    def of(cls, noted: dict[str, Any]) -> "Announced":
        """Read the announcement from JSON."""
        return cls(
            digest=bytes.fromhex(noted["digest"]),
            total=noted["total"],
            shown=Span(parse_rfc3339(noted["start"]), parse_rfc3339(noted["end"])),
            codec=noted["codec"],
        )


@router.head("/uploads/{token}")
def uploaded(app: AppState, token: Token) -> Response:
    """Report an upload's progress: `Upload-Offset` in bytes, and `Upload-Complete: ?1` once it is complete."""
    clip, uploads = _clip_of(app, token), Uploads(app.files.incoming)
    offset, noted = uploads.offset(clip.id), uploads.noted(clip.id)
    if clip.evidence_id is None and noted is not None and offset == noted["total"]:
        # A process died after the last byte and before the file was stored as evidence.
        _take_in(app, clip, token, Announced.of(noted))
        return Response(headers=_progress(offset, complete=True))
    return Response(headers=_progress(offset, complete=clip.evidence_id is not None))


@router.put(
    "/uploads/{token}",
    status_code=201,
    response_model=UploadedOut,
    responses={204: {"description": "Piece accepted; continue at `Upload-Offset`"}},
)
async def upload(
    request: Request,
    app: AppState,
    token: Token,
    content_range: Annotated[str | None, Header(max_length=100)] = None,
    repr_digest: Annotated[str | None, Header(max_length=200)] = None,
    mingchu_start: Annotated[str | None, Header(max_length=40)] = None,
    mingchu_end: Annotated[str | None, Header(max_length=40)] = None,
    mingchu_codec: Annotated[Codec, Header()] = "h264",
) -> Response:
    """Upload a clip, whole or in pieces (`Content-Range`). `Repr-Digest: sha-256=:…:` is the digest of the whole file.

    The platform checks the address and the headers before it reads the body.
    """
    clip = await run_in_threadpool(_clip_of, app, token)
    if clip.evidence_id is not None:
        return Response(status_code=204, headers=_progress(0, complete=True))
    claimed = Span(_moment(mingchu_start, clip.from_at), _moment(mingchu_end, clip.to_at))
    shown_span(clip, claimed=claimed, seconds=0)
    digest = _digest(repr_digest)
    with TemporaryFile(dir=app.files.incoming) as body:
        size = await spool(request, body, most=app.settings.max_upload_bytes)
        piece = Piece.parse(content_range, size=size, most=app.settings.max_clip_bytes)
        announced = Announced(digest=digest, total=piece.total, shown=claimed, codec=mingchu_codec)
        return await run_in_threadpool(_take, app, clip, token, piece, body, announced)


async def spool(request: Request, into: BinaryIO, *, most: int) -> int:
    """Write a body to a file block by block, without keeping it in memory; return its size in bytes.

    Raises:
        TooLarge: more than `most` bytes.
    """
    size = 0
    async for block in request.stream():
        size += len(block)
        if size > most:
            raise TooLarge
        await run_in_threadpool(into.write, block)
    into.seek(0)
    return size


def _take(app: App, clip: ClipRequest, token: str, piece: Piece, body: BinaryIO, announced: Announced) -> Response:
    uploads = Uploads(app.files.incoming)
    uploads.note(clip.id, announced.noted())
    if uploads.add(clip.id, piece, body) is None:
        with app.store.write(Scope.of_entity(clip.tenant_id, clip.entity_id, unreviewed=True)) as w:
            clips.grows(w, clip.id, at=app.clock.now())
        return Response(status_code=204, headers=_progress(piece.last + 1, complete=False))
    evidence = _take_in(app, clip, token, announced)
    headers = _progress(piece.total, complete=True)
    if evidence is None:
        return Response(status_code=204, headers=headers)
    out = UploadedOut(evidence_id=evidence.id, sha256=evidence.sha256, bytes=evidence.bytes)
    return Response(out.model_dump_json(), 201, headers=headers, media_type="application/json")


def _take_in(app: App, clip: ClipRequest, token: str, announced: Announced) -> Evidence | None:
    """Store a complete file as evidence of its violation; return None if another request stored it at the same time.

    Raises:
        Invalid: the file differs from the announcement, shows another time, or is no film; its pieces are deleted.
    """
    uploads = Uploads(app.files.incoming)
    with uploads.alone(clip.id):
        known = _clip_of(app, token)
        if known.evidence_id is not None:
            return None
        file = uploads.file(clip.id)
        try:
            _check(file, announced.digest)
            evidence = _evidence(app, clip, file, announced)
        except (Invalid, FileNotFoundError) as error:
            uploads.drop(clip.id)
            if isinstance(error, PictureRefused):  # the node would send the same unreadable file again
                with app.store.write(Scope.of_entity(clip.tenant_id, clip.entity_id, unreviewed=True)) as w:
                    clips.unreadable(w, clip.id, error=f"视频无法使用 {error}", at=app.clock.now())
            raise
        with app.store.write(Scope.of_entity(clip.tenant_id, clip.entity_id, unreviewed=True)) as w:
            # Not every browser plays H.265: make a copy for reviewers; the original stays the evidence.
            wanted_copies = (CopyKind.review,) if evidence.detail["codec"] == "hevc" else ()
            brought = store_clip(w, clip, evidence, copies=wanted_copies, at=app.clock.now())
        uploads.drop(clip.id)
    uploads.drop_forgotten()
    return evidence if brought else None


def _progress(offset: int, *, complete: bool) -> dict[str, str]:
    return {OFFSET: str(offset), COMPLETE: WHOLE if complete else "?0", "Cache-Control": "no-store"}


def _digest(header: str | None) -> bytes:
    """Return the SHA-256 digest of a `Repr-Digest` header (RFC 9530)."""
    for part in (header or "").split(","):
        name, _, value = part.strip().partition("=")
        if name.lower() == "sha-256" and value.startswith(":") and value.endswith(":"):
            try:
                return base64.b64decode(value[1:-1], validate=True)
            except binascii.Error:
                break
    raise Invalid("Repr-Digest: expected `sha-256=:<base64>:` of the whole file")


def _check(file: FilePath, wanted: bytes) -> None:
    """Refuse a file that differs from its announced digest or is no MP4."""
    with file.open("rb") as content:
        head = content.read(12)
    if digest_of(file) != wanted:
        raise Invalid("the file does not have the sha256 that Repr-Digest announces; send it again from the start")
    if head[4:8] != MP4_MARK:
        raise Invalid("expected an MP4 file")


def _moment(text: str | None, otherwise: datetime) -> datetime:
    try:
        return otherwise if text is None else parse_rfc3339(text)
    except ValueError:
        raise Invalid(f"{text!r}: expected a time like {rfc3339(otherwise)}") from None


def _evidence(app: App, clip: ClipRequest, file: FilePath, announced: Announced) -> Evidence:
    found = app.inspector.film(file)
    shown = shown_span(clip, claimed=announced.shown, seconds=found["seconds"])
    return Evidence(
        id=uuid7(),
        **owner_of(clip),
        kind=EvidenceKind.clip,
        sha256=app.files.take(file),
        bytes=announced.total,
        mime="video/mp4",
        captured_at=shown.start,
        ends_at=shown.end,
        detail={
            "codec": found["codec"],
            "by": clip.node_id,
            "frames": found["frames"],
            "claimed_end": rfc3339(announced.shown.end),
        },
    )
