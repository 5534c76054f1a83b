"""Leads to enforcement (线索移送)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from api.schemas.tasks import TransitionOut
from models.catalogue.terms import LeadCommand, LeadGround, LeadState, Severity

Unit = Annotated[Text, Field(min_length=1, max_length=200)]
Words = Annotated[Text, Field(max_length=2000)]


class LeadOut(Out):
    """A lead to enforcement. Send `version` in `If-Match` with a step."""

    id: UUID
    entity_id: UUID
    region_code: str
    site_id: str
    device_id: str
    task_id: UUID
    code: str
    label: str
    severity: Severity
    ground: LeadGround
    ground_label: str
    reason: str
    addressee: str
    state: LeadState
    state_label: str
    created_by: str
    created_at: datetime
    sent_at: datetime | None
    due_at: datetime | None
    extended: bool
    filed_at: datetime | None
    case_no: str | None
    officers: list[str]
    outcome: str | None
    feedback: str | None
    closed_at: datetime | None
    version: int


class LeadDetail(Out):
    """A lead with its log and the steps that you may take."""

    lead: LeadOut
    transitions: list[TransitionOut]
    commands: list[LeadCommand]


class TransferIn(In):
    """Transfer the hazard of a task to enforcement."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"ground": "returned_often", "reason": "三次退回仍不合格", "addressee": "综合行政执法队"}
        },
    )

    ground: LeadGround
    reason: Annotated[Words, Field(min_length=1)]
    addressee: Annotated[Unit, Field(description="the unit that receives the lead")]


class LeadStepIn(In):
    """What a step of a lead needs; `text` is the reason, the decision or the feedback."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"text": "证据不足，不予立案"}})

    text: Words = ""
    case_no: Annotated[Text, Field(max_length=100, description="案号, to file a case")] = ""
    officers: Annotated[
        tuple[Annotated[Text, Field(max_length=50)], ...],
        Field(max_length=10, description="at least two law officers, to file a case"),
    ] = ()
