"""Measured precision (准确率): verdicts on what a rule found at a camera, and proposals to tune it (调整建议)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.catalogue.areas import Span
from models.catalogue.precision_terms import ProposalKind, ProposalState
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Owner):
    """A camera and a code that have at least one verdict."""

    site_id: str
    device_id: str
    code: str
    verdict_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCount:
    """Verdicts on a camera and code at one local hour of the day (0–23)."""

    device_id: str
    code: str
    hour: int
    trues: int
    falses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A person's verdict on one alert, with what its violations showed.

    Attributes:
        confirmed: False if it was rejected as no violation, or an appeal against it was upheld.
        score: the highest score of its violations.
        hours: the local hours (0–23) in which its violations began.
        span: the least rectangle around the centres of all their boxes; None if one of them shows no box.
        found_at, reviewed_at: when the alert was raised and judged; None for verdicts that are not stored.
    """

    alert_id: UUID
    confirmed: bool
    score: float
    hours: tuple[int, ...]
    span: Span | None = None
    found_at: datetime | None = None
    reviewed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningProposal(Owner):
    """A proposal to tune one code at one camera, replayed on the verdicts since `since`.

    Attributes:
        changes: the override that it would begin, a `Changes` as JSON.
        trues, falses: the verdicts that it was replayed on.
        bar, minimum: the least precision of this code, and the least number of verdicts to measure it.
        trues_lost, falses_gone: how many of them would have raised no alert.
        override_id: the override that it began.
        baseline_id: the hour of correct dress that led to it; None if verdicts did. Then `falses` are what it found.
    """

    id: UUID
    site_id: str
    device_id: str
    code: str
    kind: ProposalKind
    state: ProposalState
    changes: dict[str, Any]
    trues: int
    falses: int
    bar: float
    minimum: int
    trues_lost: int
    falses_gone: int
    since: datetime
    replayed_at: datetime
    made_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None
    override_id: UUID | None = None
    undone_at: datetime | None = None
    undone_by: str | None = None
    undo_reason: str | None = None
    version: int = 1
    baseline_id: UUID | None = None
