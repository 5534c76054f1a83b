"""Overdue levels (逾期等级): `levels.toml` has the start and the Chinese label of each.

A level follows from the time alone; it is not a state of the task. The task stores `next_level_at`, so that the
sweep reads only the tasks that are due.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One overdue level: it applies once `after` has passed since the deadline."""

    after: timedelta
    label: str


def _read() -> tuple[Level, ...]:
    rows = tomllib.loads(files("alerts.deadlines").joinpath("levels.toml").read_text("utf-8"))["level"]
    return tuple(Level(after=timedelta(hours=row["after_hours"]), label=row["label"]) for row in rows)


LEVELS = _read()
"""Level 1, 2, …"""


def level_at(due_at: datetime, *, at: datetime) -> int:
    """Return the overdue level at a moment; 0 = not overdue."""
    return sum(at > due_at + level.after for level in LEVELS)


def next_level_at(due_at: datetime, *, level: int) -> datetime | None:
    """Return the moment after which the level rises above `level`; None for the highest level."""
    return due_at + LEVELS[level].after if level < len(LEVELS) else None


def level_label(level: int) -> str:
    """Return the Chinese label of a level; empty for level 0."""
    return LEVELS[level - 1].label if level else ""
