"""Storage of channels and notices for those who own them. The queue of the sender is in `outgoing`."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from models.base.ids import uuid7
from models.base.sealed import secret_box
from models.catalogue.notices import TEST
from models.catalogue.terms import NoticeState, Severity
from models.domain.notices import DEAD, LIFE, Attempt, Channel, Notice
from models.store.connect import Read, Write


def notice(r: Read, notice_id: UUID) -> Notice | None:
    """One notice."""
    return r.one(Notice, "notices", "notice", {"id": notice_id})


def notices(
    r: Read,
    *,
    before: UUID | None = None,
    limit: int,
    states: Iterable[NoticeState] | None = None,
    channel_id: UUID | None = None,
    subject_id: UUID | None = None,
) -> list[Notice]:
    """Notices, newest first."""
    wanted = None if states is None else [state.value for state in states]
    params = {"before": before, "limit": limit, "states": wanted, "channel_id": channel_id, "subject_id": subject_id}
    return r.all(Notice, "notices", "notices", params)


def attempts(r: Read, notice_id: UUID) -> list[Attempt]:
    """The attempts to send a notice, oldest first."""
    return r.all(Attempt, "notices", "attempts", {"id": notice_id})


def queue_again(w: Write, notice_id: UUID, *, at: datetime) -> Notice | None:
    """Queue a notice again that was given up; None if it is in another state."""
    params = {"id": notice_id, "at": at, "life": LIFE, "dead": [state.value for state in DEAD]}
    return w.one(Notice, "notices", "again", params)


def channel(r: Read, channel_id: UUID) -> Channel | None:
    """One channel that was not removed."""
    return r.one(Channel, "notices", "channel", {"id": channel_id})


def channel_for_update(w: Write, channel_id: UUID) -> Channel | None:
    """One channel that was not removed, locked until the transaction ends."""
    return w.one(Channel, "notices", "channel_for_update", {"id": channel_id})


def channels(r: Read, *, after: UUID | None = None, limit: int) -> list[Channel]:
    """The channels that were not removed, oldest first."""
    return r.all(Channel, "notices", "channels", {"after": after, "limit": limit})


def channel_names(r: Read, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of channels, removed or not."""
    return dict(r.tuples("notices", "names", {"ids": sorted(set(ids))}))


def channels_of_owner(w: Write, new: Channel) -> int:
    """Count the channels of a new channel's owner; lock them, so that nobody adds another one meanwhile."""
    owner = {
        "tenant_id": new.tenant_id,
        "region_code": new.region_code,
        "entity_id": new.entity_id,
        "group_id": new.group_id,
        "cadre_id": new.cadre_id,
    }
    w.value("notices", "lock_owner", owner)
    return int(w.value("notices", "channels_of", owner))


def add_channel(w: Write, new: Channel, *, address: str) -> Channel:
    """Store a new channel and, apart from it, its address."""
    added = w.one(Channel, "notices", "add_channel", asdict(new))
    if added is None:
        raise LookupError("an INSERT returned no row")
    w.run("notices", "add_address", {"id": new.id, "address": secret_box().seal(address)})
    return added


def change_channel(
    w: Write, channel_id: UUID, *, enabled: bool, removed_at: datetime | None = None, reason: str = "", at: datetime
) -> Channel | None:
    """Switch a channel on or off, or remove it with its address; what waits at a closed channel is cancelled."""
    if removed_at is not None:
        w.run("notices", "remove_address", {"id": channel_id})
    if not enabled:
        w.run("notices", "cancel_of_channel", {"id": channel_id, "reason": reason, "at": at})
    return w.one(Channel, "notices", "change_channel", {"id": channel_id, "enabled": enabled, "removed_at": removed_at})


def queue_test(w: Write, target: Channel, *, at: datetime) -> Notice | None:
    """Queue a test message; None if one is queued for this version of the channel already."""
    params = {
        "id": uuid7(),
        "tenant_id": target.tenant_id,
        "region_code": target.region_code,
        "entity_id": target.entity_id,
        "channel_id": target.id,
        "occasion": TEST,
        "subject_kind": "channel",
        "subject_id": target.id,
        "subject_version": target.version,
        "severity": Severity.minor,
        "at": at,
        "life": LIFE,
    }
    return w.one(Notice, "notices", "add_notice", params)
