"""Overdue levels (逾期等级): one table holds the start and the label of each.

A level is on the clock, not a state. `next_level_at` of a task is stored, so the sweep reads only what is due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One overdue level: it counts once `after` has passed since the deadline."""

    after: timedelta
    label: str


LEVELS = (
    Level(after=timedelta(0), label="已逾期"),
    Level(after=timedelta(hours=24), label="逾期超 24 小时"),
    Level(after=timedelta(days=5), label="黄牌 · 逾期超 5 天"),
    Level(after=timedelta(days=10), label="红牌 · 逾期超 10 天"),
)
"""Level 1, 2, … (Hubei's practice for the cards; domain default)."""


def level_at(due_at: datetime, *, at: datetime) -> int:
    """Return the overdue level at a moment; 0 is in time."""
    return sum(at > due_at + level.after for level in LEVELS)


def next_level_at(due_at: datetime, *, level: int) -> datetime | None:
    """Return the moment after which the level rises above `level`; None at the highest level."""
    return due_at + LEVELS[level].after if level < len(LEVELS) else None


def level_label(level: int) -> str:
    """The Chinese label of a level; empty for level 0."""
    return LEVELS[level - 1].label if level else ""
