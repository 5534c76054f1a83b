"""The queue of notices as the sender works on it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from models.base.sealed import secret_box
from models.catalogue.notices import DUTIES, Occasion
from models.catalogue.terms import NoticeState, Severity
from models.domain.notices import LIFE, Channel, Notice
from models.domain.place import Owner, owner_of
from models.store.connect import Read, Write

AT_ONCE = 200
"""Most notices in one digest."""


def queue(
    w: Write,
    owner: Owner,
    occasion: Occasion,
    *,
    subject_id: UUID,
    version: int,
    severity: Severity,
    site_id: str | None,
    at: datetime,
    sides: tuple[bool, bool] | None = None,
    cadre_id: UUID | None = None,
) -> int:
    """Queue a notice for each channel that an occasion concerns; return how many.

    `sides` says whether the enterprise and the authorities hear of it, in place of the occasion; `cadre_id` is the
    cadre who hears of it, too.
    """
    own = (occasion.for_enterprise(severity), occasion.for_supervisor(severity))
    for_enterprise, for_supervisor = own if sides is None else sides
    params = {
        **owner_of(owner),
        "site_id": site_id,
        "occasion": occasion.name,
        "subject_kind": occasion.subject,
        "subject_id": subject_id,
        "subject_version": version,
        "severity": severity,
        "for_enterprise": for_enterprise,
        "for_supervisor": for_supervisor,
        "for_cadre": cadre_id,
        "this_region_alone": occasion.this_region_alone,
        "at": at,
        "life": LIFE,
    }
    return int(w.value("notices", "queue", params))


def due(w: Write, *, at: datetime) -> tuple[Channel, Notice] | None:
    """Return the most urgent due notice with its channel, both locked; None if nothing is due at a free channel."""
    found = w.tuples("notices", "due", {"at": at})
    if not found:
        return None
    channel_id, notice_id = found[0]
    channel = w.one(Channel, "notices", "any_channel", {"id": channel_id})
    notice = w.one(Notice, "notices", "locked_if_due", {"id": notice_id, "at": at})
    return None if channel is None or notice is None else (channel, notice)


def companions(w: Write, notice: Notice, *, at: datetime) -> list[Notice]:
    """Return the notices that go out with one: the members of its digest, and, if it was held, the others held."""
    found = w.all(Notice, "notices", "members", {"id": notice.id})
    if notice.not_before is not None and not notice.urgent:
        params = {"channel_id": notice.channel_id, "id": notice.id, "at": at, "limit": AT_ONCE}
        found += w.all(Notice, "notices", "together", params)
    return found


def sent_since(r: Read, notice: Notice, *, since: datetime) -> int:
    """Count the messages that do not go past the cap: of a notice's channel and kitchen, since a moment."""
    params = {"channel_id": notice.channel_id, "site_id": notice.site_id, "since": since, "duties": sorted(DUTIES)}
    return int(r.value("notices", "sent_since", params))


def hold(w: Write, ids: Iterable[UUID], *, until: datetime) -> None:
    """Hold notices back until a moment."""
    w.run("notices", "hold", {"ids": list(ids), "until": until})


def settle(w: Write, ids: Iterable[UUID], *, state: NoticeState, reason: str, at: datetime) -> None:
    """End notices without sending them."""
    w.run("notices", "settle", {"ids": list(ids), "state": state, "reason": reason, "at": at})


def begin(w: Write, notice: Notice, merged: Iterable[UUID], *, text: str, lease: datetime, at: datetime) -> Notice:
    """Mark a notice as being sent, its channel as occupied, and others as carried by it."""
    members = list(merged)
    if members:
        w.run("notices", "merge", {"ids": members, "digest_id": notice.id, "at": at})
    w.run("notices", "occupy", {"id": notice.channel_id, "lease": lease})
    begun = w.one(Notice, "notices", "mark_sending", {"id": notice.id, "text": text, "lease": lease})
    if begun is None:
        raise LookupError("a locked notice is gone")
    return begun


def address_of(r: Read, channel_id: UUID) -> str | None:
    """Return the address of a channel; None if the channel was removed."""
    found = r.value("notices", "address", {"id": channel_id})
    return None if found is None else secret_box().unseal(found)


def note_attempt(
    w: Write,
    notice: Notice,
    *,
    error: str | None,
    again_at: datetime | None,
    rests_until: datetime | None,
    began: datetime,
    at: datetime,
) -> bool:
    """Store the outcome of an attempt; return whether it still counts.

    Args:
        w: the transaction.
        notice: the notice as `begin` returned it.
        error: why it failed; None if the receiver took it.
        again_at: when to try again; None if there is no further attempt.
        rests_until: until when the channel rests after a failure.
        began: when the attempt began.
        at: now.
    """
    this = {"id": notice.id, "number": notice.attempts}
    occupied = {"channel_id": notice.channel_id, "failed": error is not None, "rests_until": rests_until}
    w.run("notices", "release", {**this, **occupied})
    w.run("notices", "add_attempt", {**this, "at": began, "took": at - began, "error": error})
    state = NoticeState.delivered if error is None else NoticeState.retrying if again_at else NoticeState.exhausted
    ends = {"state": state, "error": error, "again_at": again_at or at, "done_at": None if again_at else at}
    return w.run("notices", "note", {**this, **ends}) > 0


def waiting(r: Read) -> tuple[int, int]:
    """Return how many notices are under way, and how many were given up."""
    ((under_way, dead),) = r.tuples("notices", "waiting")
    return int(under_way), int(dead)


def forget(w: Write, *, before: datetime, limit: int = 10_000) -> int:
    """Delete notices that ended before a moment; return how many."""
    return w.run("notices", "forget", {"before": before, "limit": limit})
