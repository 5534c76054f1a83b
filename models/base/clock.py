"""Time: stored in UTC, shown and calculated in Asia/Shanghai, always passed as `at`."""

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """A source of the current time; pure code takes `at` instead."""

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""
        return datetime.now(UTC)


class SteppedClock:
    """A clock that moves only by `advance`, for tests and replays."""

    def __init__(self, start: datetime) -> None:
        self._now = require_utc(start)

    def now(self) -> datetime:
        """The moment that this clock shows."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move the clock forward and return the new moment."""
        self._now += by
        return self._now


def is_due(last: datetime | None, at: datetime, *, every: timedelta) -> bool:
    """Return whether periodic work, last done at `last`, is due at `at`; also if the clock was set back since."""
    return last is None or not timedelta(0) <= at - last < every


def require_utc(moment: datetime) -> datetime:
    """Return `moment` in UTC.

    Raises:
        ValueError: the moment has no time zone, or lies outside the years 1–9999 in UTC.
    """
    if moment.tzinfo is None:
        raise ValueError(f"expected an aware time, got the naive {moment.isoformat()}")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"expected a time within the years 1–9999, got {moment.isoformat()}") from None


_UTC_OFFSET = "+00:00"


def rfc3339(moment: datetime) -> str:
    """Format a moment as RFC 3339 in UTC with milliseconds: `2026-09-21T08:00:00.000Z`."""
    text = moment.isoformat(timespec="milliseconds")
    if not text.endswith(_UTC_OFFSET):
        text = require_utc(moment).isoformat(timespec="milliseconds")
    return text.removesuffix(_UTC_OFFSET) + "Z"


def parse_rfc3339(text: str) -> datetime:
    """Parse an RFC 3339 time; return it in UTC.

    Raises:
        ValueError: the text is no time, or a time without an offset.
    """
    return require_utc(datetime.fromisoformat(text))


LATE_AFTER = timedelta(seconds=60)
"""A reading or event that arrives this long after it happened is marked late."""


def is_late(occurred_at: datetime, received_at: datetime) -> bool:
    """Return whether something arrived more than `LATE_AFTER` after it happened."""
    return received_at - occurred_at > LATE_AFTER
