"""Storage of messages on the loudspeakers of kitchens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.catalogue.terms import AlertState, SpeechState
from models.domain.place import Owner, owner_of
from models.domain.speeches import LIFE, Speech
from models.store.connect import Read, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSpeech(Speech):
    """A message to send now, with the state of its node and of the alert it is about (None: about no alert)."""

    node_online: bool
    node_revoked: bool
    alert_state: AlertState | None


def queue(
    w: Write, owner: Owner, *, site_id: str, occasion: str, subject_id: UUID, version: int, text: str, at: datetime
) -> int:
    """Queue a message for each loudspeaker of a kitchen; return how many."""
    params = {
        **owner_of(owner),
        "site_id": site_id,
        "occasion": occasion,
        "subject_id": subject_id,
        "subject_version": version,
        "text": text,
        "at": at,
        "life": LIFE,
    }
    return int(w.value("speeches", "queue_speech", params))


def due(w: Write, *, at: datetime, limit: int) -> list[DueSpeech]:
    """Return the messages to send to nodes now; the rows are locked, those of other processes skipped."""
    return w.all(DueSpeech, "speeches", "due_speeches", {"at": at, "limit": limit})


def asked(w: Write, speech_id: UUID, *, next_at: datetime) -> None:
    """Store that a node was asked; without an answer by `next_at` it is asked again."""
    w.run("speeches", "speech_asked", {"id": speech_id, "next_at": next_at})


def ended(w: Write, speech_id: UUID, *, node_id: str | None, error: str | None, at: datetime) -> bool:
    """End a message: played, or not because of `error`; return False if it has ended or is another node's."""
    state = SpeechState.spoken if error is None else SpeechState.failed
    params = {"id": speech_id, "node_id": node_id, "state": state, "error": error, "at": at}
    return bool(w.run("speeches", "speech_ended", params))


def speeches(r: Read, *, before: UUID | None = None, site_id: str | None = None, limit: int) -> list[Speech]:
    """Return the newest messages."""
    return r.all(Speech, "speeches", "speeches", {"before": before, "site_id": site_id, "limit": limit})


def forget(w: Write, *, before: datetime, limit: int = 10_000) -> int:
    """Delete messages that ended before a moment; return how many."""
    return w.run("speeches", "forget_speeches", {"before": before, "limit": limit})
