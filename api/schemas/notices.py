"""Notices by message: channels, the log, and sending again."""

from datetime import datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.terms import ChannelKind, NoticeState, Severity, SpeechState


def _local(moment: time) -> time:
    if moment.tzinfo is not None:
        raise ValueError("expected Chinese time without a time zone, as 22:00")
    return moment


LocalTime = Annotated[time, AfterValidator(_local)]


class ChannelIn(In):
    """A new channel. An enterprise leaves `region` out; it has channels of its own only."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "kind": "wecom",
                "name": "食品安全群",
                "address": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6",
                "quiet_from": "22:00",
                "quiet_to": "07:00",
            }
        },
    )

    kind: ChannelKind
    name: Annotated[Text, Field(min_length=1, max_length=60)]
    address: Annotated[
        Text,
        Field(
            min_length=3,
            max_length=500,
            description="Address of the bot or gateway, or an e-mail address. It is stored and never shown again",
        ),
    ]
    region: Annotated[
        str | None,
        Field(
            pattern=r"^([0-9]{2,12})?$",
            description="Prefix of region codes whose hazards are reported; default: the caller's own region",
        ),
    ] = None
    cadre_id: Annotated[
        UUID | None,
        Field(description="cadre (包保干部) of your region who hears here of their visits, and of nothing else"),
    ] = None
    min_severity: Severity = Severity.minor
    quiet_from: Annotated[LocalTime | None, Field(description="Beginning of the quiet hours, Chinese time")] = None
    quiet_to: Annotated[
        LocalTime | None, Field(description="End of the quiet hours; critical messages ignore them")
    ] = None
    cap_per_hour: Annotated[
        int, Field(ge=1, le=1000, description="Most messages per kitchen and hour; further ones become a digest")
    ] = 20


class ChannelOut(Out):
    """A channel. Its address is a secret; `hint` is the part of it that may be shown."""

    id: UUID
    kind: ChannelKind
    kind_label: str
    name: str
    hint: str
    region_code: str
    entity_id: Annotated[UUID | None, Field(description="the enterprise that owns it; null: an authority does")]
    cadre_id: Annotated[UUID | None, Field(description="the cadre whose visits alone it hears of")]
    min_severity: Severity
    quiet_from: time | None
    quiet_to: time | None
    cap_per_hour: int
    enabled: bool
    failures: Annotated[int, Field(description="failed attempts in a row")]
    rests_until: datetime | None
    created_by: str
    created_at: datetime
    version: int


class NoticeOut(Out):
    """A message to one channel about one version of a task, an alert or a duty."""

    id: UUID
    channel_id: UUID
    channel: Annotated[str, Field(description="name of the channel")]
    occasion: str
    occasion_label: str
    subject_kind: Annotated[
        str, Field(description="task, alert, supervision, warning, report, letter, or channel for a test message")
    ]
    subject_id: UUID
    subject_version: int
    site_id: str | None
    severity: Severity
    state: NoticeState
    state_label: str
    not_before: Annotated[datetime | None, Field(description="until when quiet hours or the cap hold it back")]
    attempts: int
    next_attempt_at: datetime
    last_error: str | None
    sent_text: str | None
    digest_id: Annotated[UUID | None, Field(description="the notice whose digest contains this one")]
    created_at: datetime
    done_at: datetime | None


class SpeechOut(Out):
    """A message on a kitchen's loudspeaker."""

    id: UUID
    site_id: str
    node_id: str
    occasion: str
    subject_id: UUID
    text: str
    state: SpeechState
    state_label: str
    attempts: int
    error: str | None
    created_at: datetime
    done_at: datetime | None


class AttemptOut(Out):
    """One attempt to send a notice; `error` is null if the receiver took it."""

    number: int
    at: datetime
    took: timedelta
    error: str | None


class NoticeDetail(Out):
    """A notice with its attempts, oldest first."""

    notice: NoticeOut
    attempts: list[AttemptOut]
