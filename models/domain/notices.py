"""Notices (通知): the channels that messages go through, the messages, and the settings of the sender."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.catalogue.notices import DUTIES, TEST
from models.catalogue.terms import ChannelKind, NoticeState, Severity


class NoticeSettings(BaseSettings):
    """How messages leave the platform."""

    model_config = SettingsConfigDict(env_prefix="MINGCHU_NOTICE_", frozen=True, extra="ignore")

    allow: str = Field(
        default="",
        description="Internal receivers that messages may go to: host names, IP addresses or networks, separated by "
        "commas; every other private address, and plain http, is refused",
    )
    smtp: str | None = Field(
        default=None,
        description="Mail server, `smtps://`, `smtp+starttls://` or `smtp://` with `[user@]host[:port]`; no e-mail "
        "without it",
    )
    smtp_password_file: Path | None = Field(default=None, description="File with the password at the mail server")
    smtp_from: str = Field(default="mingchu@localhost.localdomain", description="Sender address of e-mails")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where messages of one owner go; the address is stored apart and never shown.

    Attributes:
        region_code, entity_id: the owner: an enterprise (with its region), or the authority of a prefix of region
            codes if `entity_id` is None.
        group_id: the access group to which the owner is limited; only what is about its members is sent.
        cadre_id: the cadre of that region whose visits alone it hears of; None for every other channel.
        hint: the part of the address that may be shown.
        quiet_from, quiet_to: quiet hours in local time, which may span midnight; critical messages ignore them.
        cap_per_hour: most messages per kitchen and hour; further ones become a digest, critical ones do not count.
        busy_until: a message is on its way; the time at which its sender counts as dead.
        rests_until, failures: after failures in a row the channel rests, so that a slow receiver delays no other.
    """

    id: UUID
    tenant_id: str
    region_code: str
    entity_id: UUID | None
    kind: ChannelKind
    name: str
    hint: str
    min_severity: Severity
    quiet_from: time | None
    quiet_to: time | None
    cap_per_hour: int
    enabled: bool
    created_by: str
    created_at: datetime
    removed_at: datetime | None = None
    version: int = 1
    busy_until: datetime | None = None
    rests_until: datetime | None = None
    failures: int = 0
    group_id: UUID | None = None
    cadre_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message to one channel about one version of a task, an alert, a duty or (a test message) the channel itself.

    Attributes:
        region_code, entity_id: the owner of the channel.
        not_before: until when quiet hours or the cap hold it back; None if nothing held it.
        next_attempt_at: when it is due; while it is being sent, when its sender counts as dead.
        expires_at: when it is too old to be sent.
        sent_text: the text of the last attempt.
        digest_id: the notice that carries this one's text in a digest.
    """

    id: UUID
    tenant_id: str
    region_code: str
    entity_id: UUID | None
    channel_id: UUID
    site_id: str | None
    occasion: str
    subject_kind: str
    subject_id: UUID
    subject_version: int
    severity: Severity
    state: NoticeState
    not_before: datetime | None
    attempts: int
    next_attempt_at: datetime
    expires_at: datetime
    last_error: str | None
    sent_text: str | None
    digest_id: UUID | None
    created_at: datetime
    done_at: datetime | None

    @property
    def urgent(self) -> bool:
        """Whether nothing holds it back: a critical hazard or alert, or somebody waits for a test message."""
        return self.occasion == TEST or (self.severity is Severity.critical and self.subject_kind not in DUTIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to send a notice; `error` is None if the receiver took it."""

    number: int
    at: datetime
    took: timedelta
    error: str | None


DEAD = frozenset({NoticeState.exhausted, NoticeState.expired})
"""States of a message that the platform has given up; a person may send it again."""
LIFE = timedelta(days=3)
"""A message that could not even be tried for so long is given up."""
MOST_CHANNELS = 20
"""Channels that one owner may have."""
