from datetime import UTC, datetime

import pytest

from alerts.indices.scheduled import TOO_OLD, Slot, slots
from models.catalogue.index_terms import IndexKind

REGION, ENTITY = IndexKind.region, IndexKind.entity
TUESDAY = datetime(2026, 12, 8, 4, tzinfo=UTC)
"""Week 49 and November are complete; the grace of both is over."""


def found(at: datetime, week: str | None, region: str | None, entity: str | None = "2026-11") -> list[Slot]:
    return list(slots(week, {REGION: region, ENTITY: entity}, at=at))


def test_the_first_time_only_the_newest_of_each_is_due() -> None:
    assert found(TUESDAY, None, None, None) == [
        Slot(REGION, "2026-W49"),
        Slot(REGION, "2026-11"),
        Slot(ENTITY, "2026-11"),
    ]


def test_what_was_done_is_not_due_again() -> None:
    assert found(TUESDAY, "2026-W49", "2026-11") == []
    assert found(TUESDAY, "2026-W50", "2026-12", "2026-12") == [], "also if the clock was set back"


def test_of_late_weeks_the_newest_is_computed_and_of_months_the_last_three() -> None:
    assert found(TUESDAY, "2026-W47", "2026-07") == [
        Slot(REGION, "2026-W48", TOO_OLD),
        Slot(REGION, "2026-W49"),
        Slot(REGION, "2026-08", TOO_OLD),
        Slot(REGION, "2026-09"),
        Slot(REGION, "2026-10"),
        Slot(REGION, "2026-11"),
    ]


@pytest.mark.parametrize(
    ("at", "week"),
    [
        (datetime(2026, 12, 7, 1, tzinfo=UTC), "2026-W48"),  # on Monday reports may still be signed in time
        (datetime(2027, 1, 6, 4, tzinfo=UTC), "2026-W53"),  # a year of 53 weeks
        (datetime(2027, 1, 13, 4, tzinfo=UTC), "2027-W01"),
    ],
)
def test_a_week_is_due_after_the_grace_of_its_reports(at: datetime, week: str) -> None:
    assert next(iter(found(at, None, "2026-12", "2026-12"))).period == week
