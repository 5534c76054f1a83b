"""The terms of duties (两个责任) in an enterprise: stored states with their labels; see `models.catalogue.terms`."""

from enum import StrEnum


class Duty(StrEnum):
    """A field of work in the responsibility matrix; each code belongs to one."""

    people = "people"
    premises = "premises"
    pests = "pests"
    waste = "waste"
    storage = "storage"
    fire = "fire"
    devices = "devices"
    management = "management"


class ServiceMode(StrEnum):
    """How a contractor serves a unit: it runs the kitchen, or brings ready meals."""

    contracted = "contracted"
    ordered = "ordered"


class WarningLevel(StrEnum):
    """How urgent a warning about duties is."""

    blue = "blue"
    yellow = "yellow"
    orange = "orange"
    red = "red"

    @property
    def rank(self) -> int:
        """0 for the most urgent."""
        return len(WarningLevel) - 1 - list(WarningLevel).index(self)


class ReportKind(StrEnum):
    """The period of a report: 周排查 or 月调度."""

    week = "week"
    month = "month"


class Rating(StrEnum):
    """The rating of a week, exactly one."""

    controlled = "controlled"
    risk = "risk"
    serious = "serious"


class RecordState(StrEnum):
    """How far a duty record is."""

    draft = "draft"
    signed = "signed"


class OpeningKind(StrEnum):
    """A line of an enterprise's own calendar (营业日历)."""

    weekly = "weekly"
    """Closed on some days of each week."""
    closed = "closed"
    """Closed for a time, as a school is in its holidays."""
    open = "open"
    """Open on days on which another line closes it."""


class RowResult(StrEnum):
    """What a duty record says about one row."""

    ok = "ok"
    problem = "problem"
    not_applicable = "not_applicable"
