"""When a message goes out: quiet hours, the cap, what becomes a digest, and retries. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from models.base.backoff import Backoff
from models.base.clock import SHANGHAI
from models.base.hours import is_within
from models.domain.notices import Channel, Notice

MOST_ATTEMPTS = 8
AGAIN = Backoff(first_s=30, longest_s=3600)
"""The wait before the next attempt of a message: about an hour in all."""
REST = Backoff(first_s=2, longest_s=300)
"""How long a channel rests after failures in a row."""
LEASE = timedelta(minutes=2)
"""A sender that has not reported for so long counts as dead."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A notice, and why it makes no sense any more; None if it still does."""

    notice: Notice
    over: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What happens to notices that are due together: each is sent, carried by the sent one, or cancelled."""

    send: Notice | None
    carried: tuple[Notice, ...]
    cancelled: tuple[Standing, ...]


def plan(together: Sequence[Standing]) -> Plan:
    """Divide notices that are due together; the first that still makes sense carries the others."""
    alive = [one.notice for one in together if one.over is None]
    return Plan(
        send=alive[0] if alive else None,
        carried=tuple(alive[1:]),
        cancelled=tuple(one for one in together if one.over is not None),
    )


def held_until(notice: Notice, channel: Channel, *, sent_this_hour: int, at: datetime) -> datetime | None:
    """Return until when a notice has to wait; None if it goes out now. Nothing holds an urgent one back."""
    if notice.urgent:
        return None
    quiet = quiet_until(channel, at=at)
    if quiet is not None:
        return quiet
    if sent_this_hour >= channel.cap_per_hour:
        then = hour_of(at) + _HOUR
        return quiet_until(channel, at=then) or then
    return None


def quiet_until(channel: Channel, *, at: datetime) -> datetime | None:
    """Return the end of the quiet hours at a moment; None outside them."""
    if channel.quiet_from is None or channel.quiet_to is None:
        return None
    if not is_within(channel.quiet_from, channel.quiet_to, at=at):
        return None
    return _next(channel.quiet_to, at=at)


def hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour in which the cap counts."""
    return at.replace(minute=0, second=0, microsecond=0)


def again_at(attempts: int, *, at: datetime) -> datetime | None:
    """Return when to try again after so many attempts; None if that was the last one."""
    return None if attempts >= MOST_ATTEMPTS else at + timedelta(seconds=AGAIN.wait_s(attempts))


def rests_until(failures: int, *, at: datetime) -> datetime:
    """Return until when a channel rests after so many failures in a row, this one included."""
    return at + timedelta(seconds=REST.wait_s(failures))


def _next(moment: time, *, at: datetime) -> datetime:
    local = at.astimezone(SHANGHAI)
    today = local.replace(hour=moment.hour, minute=moment.minute, second=moment.second, microsecond=moment.microsecond)
    return (today if today > local else today + timedelta(days=1)).astimezone(at.tzinfo)
