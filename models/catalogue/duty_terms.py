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


class Audience(StrEnum):
    """To whom an authority sends a message to a group (群发)."""

    enterprises = "enterprises"
    cadres = "cadres"


class DutyPeriod(StrEnum):
    """How often an enterprise accounts for its duties: 日管控, 周排查 or 月调度."""

    day = "day"
    week = "week"
    month = "month"


class Meal(StrEnum):
    """A meal of the day that a canteen records."""

    breakfast = "breakfast"
    lunch = "lunch"
    dinner = "dinner"
    supper = "supper"


class Indicator(StrEnum):
    """A number that the page of an enterprise's scene shows."""

    zones_covered = "zones_covered"
    sensors_present = "sensors_present"
    rules_on = "rules_on"
    watched = "watched"
    days_signed = "days_signed"
    meals_kept = "meals_kept"
    meals_accompanied = "meals_accompanied"
    meals_sampled = "meals_sampled"
    supplies_traced = "supplies_traced"
    hazards_open = "hazards_open"


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
