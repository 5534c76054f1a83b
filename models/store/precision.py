"""Storage of measured precision and of tuning proposals."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.catalogue.precision_terms import ProposalState
from models.catalogue.terms import AlertOrigin
from models.domain.alerts import Alert
from models.domain.precision import HourCount, Pair, TuningProposal, Verdict
from models.store.connect import Read, Write

MOST_VERDICTS = 2_000
"""Newest verdicts of one camera and code that are counted or replayed."""
MOST_VIOLATIONS = 500
"""Violations of one alert that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAlert:
    """An alert with a verdict that counts."""

    id: UUID
    reviewed_at: datetime
    confirmed: bool


def note_verdict(w: Write, alert: Alert, *, at: datetime) -> None:
    """Note that there is a new verdict on what a camera found, so that the sweep measures it again."""
    if alert.origin is AlertOrigin.violation:
        w.run("precision", "note_verdict", {**_place(alert), "site_id": alert.site_id, "at": at})


def _place(thing: Alert | Pair) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in ("tenant_id", "entity_id", "region_code", "device_id", "code")}


def pairs(
    r: Read, *, after: tuple[str, str] = ("", ""), device_id: str | None = None, code: str | None = None, limit: int
) -> list[Pair]:
    """Return a page of the cameras and codes that have verdicts, by camera and code."""
    params = {"after_device": after[0], "after_code": after[1], "device_id": device_id, "code": code, "limit": limit}
    return r.all(Pair, "precision", "pairs", params)


def hours(r: Read, pairs: Sequence[Pair], *, since: datetime) -> list[HourCount]:
    """Return the verdicts of some cameras and codes since a moment, by local hour."""
    if not pairs:
        return []
    params = {
        "device_ids": [pair.device_id for pair in pairs],
        "codes": [pair.code for pair in pairs],
        "since": since,
        "most": MOST_VERDICTS,
    }
    return r.all(HourCount, "precision", "hours", params)


def verdicts(r: Read, *, device_id: str, code: str, since: datetime, until: datetime) -> list[Verdict]:
    """Return the newest verdicts of a time on a code at a camera, one for each alert, the newest first."""
    params = {
        "device_id": device_id,
        "code": code,
        "since": since,
        "until": until,
        "most": MOST_VERDICTS,
        "most_violations": MOST_VIOLATIONS,
    }
    return r.all(Verdict, "precision", "verdicts", params)


def take_due(w: Write, *, limit: int) -> list[Pair]:
    """Take cameras and codes with verdicts that were not measured yet; those of another worker are skipped."""
    return w.all(Pair, "precision", "take_due", {"limit": limit})


def last_decision(r: Read, *, device_id: str, code: str) -> datetime | None:
    """Return when somebody last decided on a proposal for a camera and code."""
    found: datetime | None = r.value("precision", "last_decision", {"device_id": device_id, "code": code})
    return found


def open_of_pair(w: Write, *, device_id: str, code: str) -> list[TuningProposal]:
    """Return the open proposals for a camera and code, locked."""
    return w.all(TuningProposal, "precision", "open_of_pair", {"device_id": device_id, "code": code})


def add_proposal(w: Write, proposal: TuningProposal) -> None:
    """Store a new proposal."""
    w.run("precision", "add", {**asdict(proposal), "changes": Jsonb(proposal.changes)})


def replay_again(w: Write, proposal: TuningProposal) -> None:
    """Store new figures of an open proposal; its version rises."""
    w.run("precision", "replay_again", {**asdict(proposal), "changes": Jsonb(proposal.changes)})


def proposal(r: Read, proposal_id: UUID) -> TuningProposal | None:
    """Return one proposal."""
    return r.one(TuningProposal, "precision", "proposal", {"id": proposal_id})


def proposal_for_update(w: Write, proposal_id: UUID) -> TuningProposal | None:
    """Return one proposal, locked."""
    return w.one(TuningProposal, "precision", "proposal_for_update", {"id": proposal_id})


def proposals(
    r: Read,
    *,
    before: UUID | None = None,
    state: ProposalState | None = None,
    device_id: str | None = None,
    code: str | None = None,
    limit: int,
) -> list[TuningProposal]:
    """Return a page of proposals, newest first."""
    params = {"before": before, "state": state, "device_id": device_id, "code": code, "limit": limit}
    return r.all(TuningProposal, "precision", "proposals", params)


def decide(
    w: Write,
    proposal_id: UUID,
    *,
    state: ProposalState,
    by: str,
    reason: str,
    override_id: UUID | None = None,
    at: datetime,
) -> TuningProposal | None:
    """Store the decision on an open proposal; return None if it is not open."""
    params = {"id": proposal_id, "state": state, "by": by, "reason": reason, "override_id": override_id, "at": at}
    return w.one(TuningProposal, "precision", "decide", params)


def undo(w: Write, proposal_id: UUID, *, by: str, reason: str, at: datetime) -> TuningProposal | None:
    """Undo a proposal that was taken; return None if it was not."""
    return w.one(TuningProposal, "precision", "undo", {"id": proposal_id, "by": by, "reason": reason, "at": at})


def judged_alerts(
    r: Read, *, since: datetime, after: tuple[datetime, UUID], code: str | None, device_id: str | None, limit: int
) -> list[JudgedAlert]:
    """Return a page of alerts whose verdict counts, by the time of the verdict."""
    params = {
        "since": since,
        "after_at": after[0],
        "after_id": after[1],
        "code": code,
        "device_id": device_id,
        "limit": limit,
    }
    return r.all(JudgedAlert, "precision", "judged_alerts", params)
