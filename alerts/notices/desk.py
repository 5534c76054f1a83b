"""What owners do with channels and notices: add, switch, remove and test a channel, send a notice again."""

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from alerts.notices.addresses import check_address
from models.base.errors import Conflict, Invalid, InvalidTransition, NotAllowed, NotFound
from models.base.ids import uuid7
from models.catalogue.terms import ChannelKind, GroupKind, Role, Severity
from models.domain.access import Actor
from models.domain.notices import MOST_CHANNELS, Channel, Notice
from models.store import Write, cadres, groups, notices, registry

_TENANT_WIDE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A channel as its owner wants it; `region` None means the owner's own, `cadre_id` the cadre whom it is for."""

    kind: ChannelKind
    name: str
    address: str
    region: str | None
    min_severity: Severity
    quiet: tuple[time, time] | None
    cap_per_hour: int
    cadre_id: UUID | None = None


def add_channel(
    w: Write,
    wanted: Wanted,
    *,
    tenant_id: str,
    own_region: str | None,
    own_entity: UUID | None,
    by: Actor,
    at: datetime,
    own_group: UUID | None = None,
) -> Channel:
    """Add a channel of the actor's enterprise, of a region or a cadre within their own, or of their group's members.

    Raises:
        NotAllowed: an enterprise names a region or a cadre, the region lies outside the actor's, or the actor sees
            single cameras: messages are about kitchens.
        NotFound: no such cadre in what the actor may see, or the cadre is not in office.
        Invalid: the address, the name or the quiet hours are not acceptable.
        Conflict: the owner has the most channels already.
    """
    group = None if own_group is None else groups.group(w, own_group)
    if group is not None and group.kind is GroupKind.cameras:
        raise NotAllowed("messages are about kitchens; this account sees single cameras")
    region = wanted.region
    if wanted.cadre_id is not None:
        region = _region_of_cadre(w, wanted.cadre_id, named=region, own_entity=own_entity)
    owner = _owner(w, region=region, own_region=own_region, own_entity=own_entity, role=by.role)
    if not wanted.name.strip() or not wanted.name.isprintable():
        raise Invalid("name: expected a name of one line")
    if wanted.quiet is not None and wanted.quiet[0] == wanted.quiet[1]:
        raise Invalid("quiet_from, quiet_to: expected different times; leave both out for no quiet hours")
    first, last = wanted.quiet or (None, None)
    new = Channel(
        id=uuid7(),
        tenant_id=tenant_id,
        region_code=owner,
        entity_id=own_entity,
        group_id=own_group,
        kind=wanted.kind,
        name=wanted.name.strip(),
        hint=check_address(wanted.kind, wanted.address),
        min_severity=wanted.min_severity,
        quiet_from=first,
        quiet_to=last,
        cap_per_hour=wanted.cap_per_hour,
        enabled=True,
        created_by=by.name,
        created_at=at,
        cadre_id=wanted.cadre_id,
    )
    if notices.channels_of_owner(w, new) >= MOST_CHANNELS:
        raise Conflict(f"this owner has {MOST_CHANNELS} channels already; remove one first")
    return notices.add_channel(w, new, address=wanted.address)


def switch_channel(w: Write, channel_id: UUID, *, on: bool, by: Actor, at: datetime) -> Channel:
    """Switch a channel on or off; what waits at a channel that is switched off is cancelled. Raises as `own` does."""
    own(w, channel_id, by=by)
    return _known(notices.change_channel(w, channel_id, enabled=on, reason="通知渠道已停用", at=at))


def remove_channel(w: Write, channel_id: UUID, *, by: Actor, at: datetime) -> Channel:
    """Remove a channel and its address; its notices stay in the log. Raises the errors of `own`."""
    own(w, channel_id, by=by)
    changed = notices.change_channel(w, channel_id, enabled=False, removed_at=at, reason="通知渠道已删除", at=at)
    return _known(changed)


def try_channel(w: Write, channel_id: UUID, *, by: Actor, at: datetime) -> Notice:
    """Queue a test message.

    Raises:
        InvalidTransition: the channel is switched off.
    """
    found = own(w, channel_id, by=by)
    if not found.enabled:
        raise InvalidTransition("the channel is switched off; switch it on first")
    newer = _known(notices.change_channel(w, channel_id, enabled=True, at=at))
    queued = notices.queue_test(w, newer, at=at)
    if queued is None:
        raise Conflict("this test message is queued already")
    return queued


def send_again(w: Write, notice_id: UUID, *, by: Actor, at: datetime) -> Notice:
    """Queue a notice again that was given up.

    Raises:
        NotFound: there is no such notice, or it is not the actor's own.
        InvalidTransition: it was not given up, or its channel is switched off.
    """
    found = notices.notice(w, notice_id)
    if found is None:
        raise NotFound(f"no notice {notice_id}")
    if not own(w, found.channel_id, by=by).enabled:
        raise InvalidTransition("the channel is switched off; switch it on first")
    again = notices.queue_again(w, notice_id, at=at)
    if again is None:
        raise InvalidTransition(f"the notice is {found.state}; only one that was given up can be sent again")
    return again


def own(w: Write, channel_id: UUID, *, by: Actor) -> Channel:
    """Return a channel that the actor may change, locked.

    Raises:
        NotFound: there is no such channel, or the actor may not see it.
        NotAllowed: it belongs to an enterprise, and the actor only sees it.
    """
    found = _known(notices.channel_for_update(w, channel_id))
    if found.entity_id is not None and by.role is Role.regulator:
        raise NotAllowed("this channel belongs to the enterprise")
    return found


def _region_of_cadre(w: Write, cadre_id: UUID, *, named: str | None, own_entity: UUID | None) -> str:
    """Return the region of a cadre, whose channel belongs to its authority."""
    if own_entity is not None:
        raise NotAllowed("cadre_id: an enterprise has channels of its own only; leave the cadre out")
    if named is not None:
        raise Invalid("region: the channel of a cadre belongs to the cadre's region; leave the region out")
    cadre = cadres.cadre(w, cadre_id)
    if cadre is None or cadre.ended_at is not None:
        raise NotFound(f"no cadre {cadre_id} in office")
    return cadre.region_code


def _owner(w: Write, *, region: str | None, own_region: str | None, own_entity: UUID | None, role: Role) -> str:
    """Return the region code of the owner."""
    if own_entity is not None:
        if region is not None:
            raise NotAllowed("region: an enterprise has channels of its own only; leave the region out")
        entity = registry.entity(w, own_entity)
        if entity is None:
            raise NotFound(f"no enterprise {own_entity}")
        return entity.region_code
    if role is Role.enterprise:
        raise NotAllowed("this user belongs to no enterprise")
    wanted = own_region or _TENANT_WIDE if region is None else region
    if not wanted.startswith(own_region or _TENANT_WIDE):
        raise NotAllowed(f"region {wanted!r}: expected a region within {own_region}")
    return wanted


def _known(found: Channel | None) -> Channel:
    if found is None:
        raise NotFound("no such channel")
    return found
