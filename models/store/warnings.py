"""Storage of warnings, and the facts that their rules look at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.catalogue.duty_terms import WarningLevel
from models.domain.warnings import DutyWarning, Fact
from models.store.connect import Read, Write
from models.store.tasks import MOST_COUNTED

_FACTS: dict[str, Callable[[Read, Mapping[str, Any]], list[Fact]]] = {
    "day_missing": lambda r, params: r.all(Fact, "warnings", "day_missing", params, prepare=False),
    "period_missing": lambda r, params: r.all(Fact, "warnings", "period_missing", params, prepare=False),
    "repeated": lambda r, params: r.all(Fact, "warnings", "repeated", params, prepare=False),
    "cameras_away": lambda r, params: r.all(Fact, "warnings", "cameras_away", params, prepare=False),
    "post_empty": lambda r, params: r.all(Fact, "warnings", "post_empty", params, prepare=False),
    "visit_due": lambda r, params: r.all(Fact, "warnings", "visit_due", params, prepare=False),
    "visit_overdue": lambda r, params: r.all(Fact, "warnings", "visit_overdue", params, prepare=False),
    "pledge_unsigned": lambda r, params: r.all(Fact, "warnings", "pledge_unsigned", params, prepare=False),
    "visit_poor": lambda r, params: r.all(Fact, "warnings", "visit_poor", params, prepare=False),
    "relapse": lambda r, params: r.all(Fact, "warnings", "relapse", params, prepare=False),
}
FACTS = frozenset(_FACTS)
"""The rules that have facts."""


def facts(
    r: Read, rule: str, *, last: date, week: date, month: date, at: datetime, entities: Sequence[UUID] | None = None
) -> list[Fact]:
    """Return what a rule looks at, of some enterprises or of all (None).

    `last`, `week` and `month` are the last ones that must be complete.
    """
    of = None if entities is None else list(entities)
    return _FACTS[rule](r, {"last": last, "week": week, "month": month, "at": at, "entities": of})


def open_of_rule(w: Write, rule: str, *, entities: Sequence[UUID] | None = None) -> list[DutyWarning]:
    """Return the open warnings of a rule, of some enterprises or of all (None), locked."""
    of = None if entities is None else list(entities)
    return w.all(DutyWarning, "warnings", "open_of_rule", {"rule": rule, "entities": of}, prepare=False)


def add_warning(w: Write, new: DutyWarning) -> DutyWarning | None:
    """Store a new warning; None if one is open for its subject."""
    return w.one(DutyWarning, "warnings", "add_warning", _params(new))


def change_warning(w: Write, changed: DutyWarning) -> DutyWarning | None:
    """Store what changed of a warning; None if somebody else was faster."""
    return w.one(DutyWarning, "warnings", "change_warning", _params(changed))


def warnings(
    r: Read,
    *,
    is_open: bool | None,
    rule: str | None = None,
    site_id: str | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[DutyWarning]:
    """Return warnings, the newest first; open ones, ended ones, or (None) both."""
    params = {"open": is_open, "rule": rule, "site_id": site_id, "before": before, "limit": limit}
    return r.all(DutyWarning, "warnings", "warnings", params)


def warning(r: Read, warning_id: UUID) -> DutyWarning | None:
    """Return one warning."""
    return r.one(DutyWarning, "warnings", "warning", {"id": warning_id})


def counts(r: Read) -> dict[str, int]:
    """Return how many warnings of each level are open, at most `MOST_COUNTED` each."""
    params = {"levels": list(WarningLevel), "most": MOST_COUNTED}
    return {str(level): int(count) for level, count in r.tuples("warnings", "counts", params)}


def _params(row: DutyWarning) -> dict[str, Any]:
    return asdict(row) | {"told": list(row.told), "numbers": Jsonb(row.numbers)}
