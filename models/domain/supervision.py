"""Supervision (督导) of enterprises by cadres: tasks, and what a visit found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from models.catalogue.duty_terms import RowResult
from models.catalogue.supervision_terms import Datum, SupervisionReason, SupervisionState, VisitFault, VisitMode
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionTask(Owner):
    """A task for a cadre to visit an enterprise (督导任务). The enterprise does not see it.

    Attributes:
        period: what it is for: 2026Q4, 2026H2, 2026, or the id of a hazard's task. One task per enterprise, reason and
            period, without exempted ones.
        cadre_id: who visits; None while nobody is named.
        overdue_at: when the deadline was found to have passed; a mark, not a state.
        note: why it was returned, reassigned or exempted.
    """

    id: UUID
    reason: SupervisionReason
    period: str
    tier: str | None
    cadre_id: UUID | None
    state: SupervisionState
    due_at: datetime
    generated_at: datetime
    overdue_at: datetime | None = None
    closed_at: datetime | None = None
    submitted_by: str | None = None
    note: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalHazard(Owner):
    """A critical hazard's task that has no supervision task yet."""

    id: UUID
    guarantee_tier: str | None
    dispatched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitAnswer:
    """The answer to one row of the checklist."""

    code: str
    result: RowResult
    problem: str = ""

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Self:
        """Return the value of the stored form."""
        return cls(code=stored["code"], result=RowResult(stored["result"]), problem=stored["problem"])


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitHazard:
    """What became of the problems of one head: the task of the hazard, or why there is none."""

    code: str
    text: str
    task_id: str | None
    note: str

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Self:
        """Return the value of the stored form."""
        return cls(code=stored["code"], text=stored["text"], task_id=stored["task_id"], note=stored["note"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(Owner):
    """A visit (督导记录), signed by both sides and never changed.

    Attributes:
        id: made by the phone, so that a repeat is recognised.
        latitude, longitude, datum, accuracy_m: where the phone was, in degrees, and how exactly, in metres.
        distance_m: from there to the kitchen in metres; None if one of the positions is unknown.
        signature: SHA-256 over the content with both names.
        faults: why it does not count; empty if it does.
        client_at: the phone's clock when it was sent.
    """

    id: UUID
    task_id: UUID
    site_id: str
    mode: VisitMode
    started_at: datetime
    ended_at: datetime
    latitude: float | None
    longitude: float | None
    datum: Datum | None
    accuracy_m: float | None
    distance_m: float | None
    checklist: str
    answers: tuple[VisitAnswer, ...]
    advice: str
    photo_ids: tuple[UUID, ...]
    cadre_id: UUID
    cadre_name: str
    entity_name: str
    signature: str
    faults: tuple[VisitFault, ...]
    hazards: tuple[VisitHazard, ...]
    submitted_by: str
    submitted_at: datetime
    client_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPhoto:
    """A photo uploaded for a task, and whether the same file was uploaded for another one."""

    evidence_id: UUID
    sha256: str
    used_elsewhere: bool
