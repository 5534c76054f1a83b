"""Supervision tasks (督导任务) and how often they come."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.supervision_terms import SupervisionCommand, SupervisionReason, SupervisionState


class SupervisionOut(Out):
    """A task for a cadre to visit an enterprise. Send `version` in `If-Match` with a step."""

    id: UUID
    entity_id: UUID
    region_code: str
    reason: SupervisionReason
    reason_label: str
    period: Annotated[str, Field(description="2026Q4, 2026H2 or 2026; the id of the task of a hazard")]
    tier: str | None
    cadre_id: UUID | None
    state: SupervisionState
    state_label: str
    due_at: datetime
    generated_at: datetime
    overdue: bool
    closed_at: datetime | None
    submitted_by: str | None
    note: str
    version: int


class SupervisionDetail(Out):
    """A task and the steps that the caller may take now."""

    task: SupervisionOut
    commands: list[SupervisionCommand]


class SupervisionStepIn(In):
    """A step: a return, a reassignment or an exemption needs its reason, a reassignment its cadre."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"text": "本季度装修停业", "cadre_id": None}}
    )

    text: Annotated[Text, Field(max_length=500)] = ""
    cadre_id: UUID | None = None


class PresetOut(Out):
    """How often enterprises are visited, by tier: quarter, half or year."""

    id: str
    label: str
    every: dict[str, str]


class PresetsOut(Out):
    """The presets, and the one of the caller's region."""

    chosen: str
    presets: list[PresetOut]


class PresetIn(In):
    """Choose a preset for a region and all below it, from the next period of each enterprise on."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"preset": "opt2024", "jurisdiction": "330602"}}
    )

    preset: Annotated[str, Field(max_length=40)]
    jurisdiction: Annotated[str, Field(pattern=r"^([0-9]{2,12})?$")]
