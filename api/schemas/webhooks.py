"""Webhooks: endpoints and deliveries."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.terms import DeliveryState


class WebhookOut(Out):
    """Where events go. The secret is shown once, when it is made."""

    id: UUID
    region_code: str
    entity_id: UUID | None
    url: str
    types: Annotated[list[str], Field(description="empty: all types")]
    description: str
    paused: bool
    disabled_reason: Annotated[str | None, Field(description="why the platform gave it up")]
    last_seq: Annotated[int, Field(description="number of the last event that was queued")]
    created_by: str
    created_at: datetime
    version: int


class WebhookSecretOut(Out):
    """A webhook with its new secret, which is not shown again."""

    webhook: WebhookOut
    secret: Annotated[str, Field(description="`whsec_…`; verify with any Standard Webhooks library")]


class DeliveryOut(Out):
    """One event on its way to one endpoint."""

    id: UUID
    webhook_id: Annotated[str, Field(description="the `webhook-id` header; a replay keeps it")]
    endpoint_id: UUID
    seq: int
    prev_seq: int
    type: str
    body: str
    state: DeliveryState
    state_label: str
    attempts: int
    next_at: datetime
    status: Annotated[int | None, Field(description="HTTP status of the last answer")]
    answer: str
    error: str | None
    replayed: bool
    created_at: datetime
    done_at: datetime | None


class WebhookIn(In):
    """Add a webhook."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"url": "https://platform.example.cn/hook", "types": ["mingchu.task.*"]}},
    )

    url: Annotated[Text, Field(min_length=8, max_length=500)]
    types: list[Annotated[Text, Field(max_length=100)]] = Field(default_factory=list, max_length=20)
    description: Annotated[Text, Field(max_length=200)] = ""


class ReplayIn(In):
    """Replay a range of numbers."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"first_seq": 100, "last_seq": 200}})

    first_seq: Annotated[int, Field(ge=1, lt=2**53)]
    last_seq: Annotated[int, Field(ge=1, lt=2**53)]


class ReplayedOut(Out):
    """How many deliveries were queued again."""

    queued: int
