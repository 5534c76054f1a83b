"""Days of the calendar as the platform counts them, asked for when a test needs them: a run may cross midnight."""

from datetime import UTC, date, datetime

from models.base.clock import SHANGHAI


def today() -> date:
    """Return the day in China."""
    return datetime.now(SHANGHAI).date()


def noon() -> datetime:
    """Return noon of that day in China, in UTC."""
    return datetime.now(SHANGHAI).replace(hour=12, minute=0, second=0, microsecond=0).astimezone(UTC)
