"""Storage of clip requests, and of copies of evidence."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.base.ids import uuid7
from models.catalogue.terms import CopyKind
from models.domain.clips import PATIENCE, PER_ASKING, ClipRequest, Span
from models.domain.evidence import EvidenceCopy
from models.store.connect import Read, Write

LEASE = timedelta(minutes=2)
"""How long a piece of work belongs to the process that took it."""
MOST_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DueClip(ClipRequest):
    """A request to send now, with the state of its node."""

    node_online: bool
    node_can: bool
    node_revoked: bool


def ask(w: Write, *, violation_id: UUID, device_id: str, span: Span, ends_at: datetime, at: datetime) -> None:
    """Request the clip of a violation; `span` is on the node's clock, `ends_at` is its end on the platform's clock."""
    w.run(
        "clips",
        "ask_for_clip",
        {
            "id": uuid7(),
            "violation_id": violation_id,
            "device_id": device_id,
            "from_at": span.start,
            "to_at": span.end,
            "ends_at": ends_at,
            "give_up_at": ends_at + PATIENCE,
            "at": at,
        },
    )


def due(w: Write, *, at: datetime, limit: int) -> list[DueClip]:
    """Return the requests to send to nodes now; the rows are locked, those of other processes skipped."""
    return w.all(DueClip, "clips", "due_clips", {"at": at, "limit": limit})


def asked(w: Write, clip_id: UUID, *, token_sha256: str, token_expires_at: datetime, next_at: datetime) -> None:
    """Store that a node was asked; if nothing arrives by `next_at`, it is asked again."""
    params = {"token_sha256": token_sha256, "token_expires_at": token_expires_at, "next_at": next_at}
    w.run("clips", "clip_asked", {"id": clip_id, **params})


def grows(w: Write, clip_id: UUID, *, at: datetime) -> None:
    """Store that a piece arrived: extend the address, and do not ask the node again while more pieces arrive."""
    w.run("clips", "clip_grows", {"id": clip_id, "next_at": at + PER_ASKING, "until": at + 2 * PER_ASKING})


def use_frames(w: Write, clip_id: UUID, *, error: str, at: datetime) -> None:
    """Store that the node uploads no clip; it is made of kept frames instead."""
    w.run("clips", "clip_to_frames", {"id": clip_id, "error": error[:500], "at": at})


def refused(w: Write, clip_id: UUID, *, node_id: str, error: str, at: datetime) -> bool:
    """Store why the node can't upload the clip; return False if it was not asked or the clip is stored."""
    return bool(w.run("clips", "clip_refused", {"id": clip_id, "node_id": node_id, "error": error[:500], "at": at}))


def unreadable(w: Write, clip_id: UUID, *, error: str, at: datetime) -> None:
    """Store why the uploaded file can't be used; the clip is made of kept frames, and the address becomes invalid."""
    w.run("clips", "clip_unreadable", {"id": clip_id, "error": error[:500], "at": at})


def of_token(r: Read, *, token_sha256: str, at: datetime) -> ClipRequest | None:
    """Return the request of an upload address; None if the address is unknown or expired."""
    return r.one(ClipRequest, "clips", "clip_of_token", {"token_sha256": token_sha256, "at": at})


def for_update(w: Write, clip_id: UUID) -> ClipRequest | None:
    """One request, locked."""
    return w.one(ClipRequest, "clips", "clip_for_update", {"id": clip_id})


def of_violation(r: Read, violation_id: UUID) -> ClipRequest | None:
    """The request of a violation."""
    return r.one(ClipRequest, "clips", "clip_of_violation", {"violation_id": violation_id})


def of_alert(r: Read, alert_id: UUID) -> list[ClipRequest]:
    """The requests of an alert's violations, newest first."""
    return r.all(ClipRequest, "clips", "clips_of_alert", {"alert_id": alert_id})


def take_for_frames(
    w: Write, *, tenant_id: str | None, holder: int | None = None, at: datetime, limit: int
) -> list[ClipRequest]:
    """Take requests to make of kept frames, for `LEASE`; with `holder` only those of sites that this life judges."""
    params = {
        "tenant_id": tenant_id,
        "holder": holder,
        "at": at,
        "again_at": at + LEASE,
        "limit": limit,
        "most": MOST_TRIES,
    }
    return w.all(ClipRequest, "clips", "take_frame_clips", params)


def is_ready(w: Write, clip_id: UUID, *, evidence_id: UUID, at: datetime) -> bool:
    """Store that a clip is ready; return False if it was ready already or given up."""
    return bool(w.run("clips", "clip_ready", {"id": clip_id, "evidence_id": evidence_id, "at": at}))


def fail(w: Write, clip_id: UUID, *, error: str, at: datetime) -> None:
    """Give up a clip, with the reason."""
    w.run("clips", "clip_failed", {"id": clip_id, "error": error[:500], "at": at})


def want_copy(w: Write, evidence_id: UUID, *, kind: CopyKind, at: datetime) -> None:
    """Request a copy."""
    w.run("clips", "want_copy", {"evidence_id": evidence_id, "kind": kind, "at": at})


def take_copies(w: Write, *, tenant_id: str | None, at: datetime, limit: int) -> list[EvidenceCopy]:
    """Take copies to make, for `LEASE`."""
    params = {"tenant_id": tenant_id, "at": at, "again_at": at + LEASE, "limit": limit, "most": MOST_TRIES}
    return w.all(EvidenceCopy, "clips", "take_copies", params)


def copy_ready(w: Write, copy: EvidenceCopy, *, sha256: str, size: int, mime: str) -> None:
    """Store that a copy is ready."""
    params = {"evidence_id": copy.evidence_id, "kind": copy.kind, "sha256": sha256, "bytes": size, "mime": mime}
    w.run("clips", "copy_ready", params)


def copy_failed(w: Write, copy: EvidenceCopy, *, error: str, at: datetime) -> None:
    """Store a failed attempt to make a copy; there are `MOST_TRIES` attempts with growing pauses."""
    params = {"evidence_id": copy.evidence_id, "kind": copy.kind, "error": error[:500], "most": MOST_TRIES, "at": at}
    w.run("clips", "copy_failed", params)


def give_up(w: Write, *, at: datetime) -> int:
    """Give up copies and clips whose process died at each of `MOST_TRIES` attempts; return how many."""
    params = {"most": MOST_TRIES, "at": at, "error": "the process that makes it died at each attempt"}
    return w.run("clips", "give_up_copies", params) + w.run("clips", "give_up_frame_clips", params)


def frames_failed(w: Write, clip_id: UUID, *, error: str, at: datetime) -> None:
    """Store a failed attempt to make a clip of kept frames; there are `MOST_TRIES` attempts with growing pauses."""
    w.run("clips", "frames_failed", {"id": clip_id, "error": error[:500], "most": MOST_TRIES, "at": at})


def copy_of(r: Read, evidence_id: UUID, *, kind: CopyKind) -> EvidenceCopy | None:
    """Return one copy, ready or not; None if it was not requested."""
    return r.one(EvidenceCopy, "clips", "copy", {"evidence_id": evidence_id, "kind": kind})


def copies_of(r: Read, ids: Collection[UUID]) -> list[EvidenceCopy]:
    """The copies of several pieces of evidence."""
    return r.all(EvidenceCopy, "clips", "copies_of", {"ids": list(ids)})
