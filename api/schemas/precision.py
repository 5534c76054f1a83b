"""Measured precision and tuning proposals."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.precision_terms import ProposalKind, ProposalState


class FiguresOut(Out):
    """Verdicts: confirmed (`true`), and false alarms or no violations (`false`).

    `precision` and its 95 % interval (Wilson) are null if there are too few verdicts for a figure.
    """

    n: int
    true: int
    false: int
    precision: float | None
    low: float | None
    high: float | None


class HourOut(FiguresOut):
    """The verdicts on what was found in one local hour of the day."""

    hour: int


class PrecisionOut(FiguresOut):
    """The precision (准确率) of a code at a camera since `since`; of each the newest 2,000 verdicts count."""

    device_id: str
    device_name: str
    site_id: str
    entity_id: UUID
    code: str
    label: str
    since: datetime
    minimum: Annotated[int | None, Field(description="verdicts that a figure needs; null: no such code any more")]
    bar: Annotated[float | None, Field(description="a lower precision leads to proposals")]
    below_bar: bool
    hours: Annotated[list[HourOut], Field(description="the hours 0–23 in Asia/Shanghai")]


class ReplayOut(Out):
    """What the proposal would have done to the verdicts that it was replayed on."""

    true: int
    false: int
    true_lost: Annotated[int, Field(description="confirmed alerts that would not have been raised")]
    false_gone: Annotated[int, Field(description="false alarms that would not have been raised")]


class ProposalOut(Out):
    """A proposal (调整建议) to tune a code at a camera. Taking it begins an override with `changes`.

    With `baseline_id` an hour of correct dress led to it: `replay.false` are the findings of that hour, and
    `replay.true` the confirmed verdicts of the last months.
    """

    id: UUID
    entity_id: UUID
    region_code: str
    site_id: str
    device_id: str
    device_name: str
    code: str
    label: str
    kind: ProposalKind
    kind_label: str
    state: ProposalState
    state_label: str
    changes: dict[str, Any]
    text: str
    precision: float
    low: float
    high: float
    bar: float
    minimum: int
    replay: ReplayOut
    needs_admin: Annotated[bool, Field(description="it loosens what a law demands, so only an administrator may")]
    since: datetime
    replayed_at: datetime
    made_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None
    override_id: UUID | None
    undone_at: datetime | None
    undone_by: str | None
    undo_reason: str | None
    baseline_id: UUID | None
    version: int


class ReplayedOut(Out):
    """One verdict that a proposal was replayed on: the evidence for it. The newest come first."""

    alert_id: UUID
    confirmed: Annotated[bool, Field(description="false: rejected, or an appeal against it was upheld")]
    score: Annotated[float, Field(description="the highest score of its violations")]
    hours: Annotated[list[int], Field(description="the hours 0–23 in Asia/Shanghai in which its violations began")]
    centres: Annotated[
        list[float] | None, Field(description="left, top, right and bottom of the centres of all boxes; null: no box")
    ]
    found_at: datetime | None
    reviewed_at: datetime | None
    stays_away: Annotated[bool, Field(description="with the proposal it would have raised no alert")]


class ProposalDecisionIn(In):
    """Why a proposal is taken, refused or undone."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "夜间反光造成误报"}})

    reason: Annotated[Text, Field(min_length=1, max_length=400)]
