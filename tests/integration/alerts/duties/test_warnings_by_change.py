"""Warnings are evaluated where something changed or became due: nothing is lost, doubled, or read without need."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

import pytest
from prometheus_client import REGISTRY

from alerts.duties.supervision import plan
from alerts.duties.warnings import evaluating
from alerts.duties.warnings.evaluating import WHOLE_EVERY, WHOLE_PAUSE, evaluate, evaluate_due
from alerts.duties.warnings.rules import due_at
from alerts.role import duties_pass
from models.base.clock import SHANGHAI, SteppedClock
from models.base.ids import uuid7
from models.domain.warnings import RuleSetting
from models.store import Store, Write, warning_marks, warning_settings, warnings
from models.store.queries import queries
from models.store.warning_marks import EVERY
from tests.integration.alerts.duties.test_warnings import write_day
from tests.support.days import noon
from tests.support.every_fact import CHANGES, NO_FACTS, OF_ALL, fill
from tests.support.guarantees import cadre_of, supervised
from tests.support.world import TENANT, Kitchen, seed_world

AT = datetime(2025, 5, 14, 4, tzinfo=UTC)
"""A Wednesday noon in China; no day, week or month becomes due in the hours after it."""
SOON = timedelta(seconds=20)


@pytest.fixture
def kitchens(store: Store) -> tuple[Kitchen, Kitchen]:
    """Two kitchens; everything is evaluated as of `AT`."""
    both = seed_world(store)
    with store.write() as w:
        evaluate(w, at=AT)
    return both


@pytest.fixture
def province(store: Store, database_url: str) -> UUID:
    """A hundred enterprises with facts for every rule, none evaluated or marked; returns one with all of them."""
    entity = fill(store, database_url, at=AT)
    with store.write() as w:
        warning_marks.note_evaluated(w, at=AT)
    return entity


def marks(store: Store) -> list[UUID]:
    with store.read() as r:
        return [entity for (entity,) in r.raw.execute("SELECT entity_id FROM warning_mark ORDER BY id").fetchall()]


def evaluated(store: Store, at: datetime, *, limit: int = evaluating.BATCH) -> int:
    with store.write() as w:
        return evaluate_due(w, at=at, limit=limit)


def undone(store: Store, work: Callable[[Write], object]) -> None:
    """Do some work in a transaction that is rolled back."""
    with store.write() as w:
        work(w)
        w.raw.rollback()


def empty_posts(w: Write, *kitchens: Kitchen) -> None:
    w.raw.execute("UPDATE person SET valid_to = now() WHERE entity_id = ANY(%s)", [[one.entity for one in kitchens]])


def fill_posts(w: Write, kitchen: Kitchen) -> None:
    w.raw.execute("UPDATE person SET valid_to = NULL WHERE entity_id = %s", [kitchen.entity])


def warned(store: Store, rule: str = "post_empty") -> set[UUID]:
    with store.read() as r:
        return {one.entity_id for one in warnings.warnings(r, is_open=True, rule=rule, limit=500)}


def everything(store: Store) -> list[tuple[Any, ...]]:
    with store.read() as r:
        return r.raw.execute(
            "SELECT rule, entity_id, subject, site_id, level, because, told, numbers, internal FROM duty_warning "
            "WHERE ended_at IS NULL ORDER BY rule, entity_id, subject"
        ).fetchall()


def relations(w: Write, rule: str, entities: list[UUID] | None) -> set[str]:
    """The tables that the facts of a rule are read from, as the database plans it."""
    due = due_at(AT)
    params = {"last": due.day, "week": due.week, "month": due.month, "at": AT, "entities": entities}
    explain = "EXPLAIN (FORMAT JSON) " + queries("warnings")[rule]
    ((found,),) = w.raw.execute(explain, params, prepare=False).fetchall()
    return set(_named(found))


def _named(node: Any) -> Iterator[str]:  # noqa: ANN401 - a part of a plan
    if isinstance(node, dict):
        if "Relation Name" in node:
            yield str(node["Relation Name"])
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from _named(one)


@pytest.mark.parametrize("rule", sorted(warnings.FACTS))
def test_every_change_of_what_a_rule_reads_marks_its_enterprise(store: Store, province: UUID, rule: str) -> None:
    with store.write() as w:
        read = relations(w, rule, None) | relations(w, rule, [province])
        assert read - NO_FACTS <= set(CHANGES), "say how a row of this table changes, and let a trigger mark it"
        w.raw.execute("RESET ROLE")
        for table in sorted(read - NO_FACTS):
            w.raw.execute("DELETE FROM warning_mark")
            assert w.raw.execute(CHANGES[table], {"entity": province}).rowcount > 0, table
            found = w.raw.execute("SELECT entity_id FROM warning_mark").fetchall()
            assert found == [(EVERY if table in OF_ALL else province,)], table


def test_a_record_that_is_signed_late_ends_its_warning_at_the_next_look(
    store: Store, kitchens: tuple[Kitchen, Kitchen]
) -> None:
    kitchen, _ = kitchens
    write_day(store, kitchen, AT - timedelta(days=2))
    assert evaluated(store, AT + SOON) == 1
    assert warned(store, "day_missing") == {kitchen.entity}
    write_day(store, kitchen, AT - timedelta(days=1))
    assert evaluated(store, AT + 2 * SOON) == 1
    assert warned(store, "day_missing") == set()
    assert marks(store) == []


def test_only_enterprises_with_a_mark_are_evaluated(store: Store, kitchens: tuple[Kitchen, Kitchen]) -> None:
    with store.write() as w:
        empty_posts(w, *kitchens)
        w.raw.execute("DELETE FROM warning_mark WHERE entity_id = %s", [kitchens[1].entity])
    assert evaluated(store, AT + SOON) == 1
    assert warned(store) == {kitchens[0].entity}
    assert evaluated(store, AT + WHOLE_EVERY) == 1, "once an hour nothing needs a mark"
    assert warned(store) == {one.entity for one in kitchens}


def test_an_evaluation_of_marks_gives_what_that_of_all_gives(store: Store, province: UUID) -> None:
    assert province is not None
    with store.write() as w:
        w.raw.execute("INSERT INTO warning_mark (entity_id) SELECT id FROM entity")
    while marks(store):
        evaluated(store, AT + SOON, limit=7)
    found = everything(store)
    assert {rule for rule, *_ in found} == warnings.FACTS
    with store.write() as w:
        assert evaluate(w, at=AT + SOON) == 0
        w.raw.execute("UPDATE duty_warning SET ended_at = %s", [AT])
        evaluate(w, at=AT + SOON)
    assert everything(store) == found


def test_what_is_undone_leaves_no_mark_and_a_mark_outlives_an_undone_evaluation(
    store: Store, kitchens: tuple[Kitchen, Kitchen]
) -> None:
    undone(store, lambda w: empty_posts(w, *kitchens))
    assert marks(store) == []
    with store.write() as w:
        empty_posts(w, kitchens[0])
    undone(store, lambda w: evaluate_due(w, at=AT + SOON))
    assert marks(store) == [kitchens[0].entity]
    assert evaluated(store, AT + SOON) == 1


@pytest.mark.parametrize("whole", [False, True])
def test_a_change_during_an_evaluation_waits_for_nobody_and_is_not_lost(
    store: Store,
    kitchens: tuple[Kitchen, Kitchen],
    whole: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    kitchen = kitchens[0]
    with store.write() as w:
        empty_posts(w, kitchen)
    with store.write() as w:
        assert (evaluate if whole else evaluate_due)(w, at=AT + SOON) == 1
        with store.write() as other:  # it would never end if it waited for the evaluation around it
            other.raw.execute("SET LOCAL lock_timeout = '5s'")
            fill_posts(other, kitchen)
    assert marks(store) == [kitchen.entity]
    assert evaluated(store, AT + 2 * SOON) == 1
    assert warned(store) == set()


@pytest.mark.parametrize("whole", [False, True])
def test_a_mark_is_not_taken_before_every_change_that_it_stands_for_is_committed(
    store: Store,
    kitchens: tuple[Kitchen, Kitchen],
    whole: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    kitchen = kitchens[0]
    with store.write() as w:
        empty_posts(w, kitchen)
    with store.write() as other:
        fill_posts(other, kitchen)
        with store.write() as w:
            (evaluate if whole else evaluate_due)(w, at=AT + SOON)
        assert marks(store) == [kitchen.entity], "one mark for both changes"
    evaluated(store, AT + 2 * SOON)
    assert (warned(store), marks(store)) == (set(), [])


def test_changes_of_one_enterprise_at_a_time_leave_one_mark_each_and_wait_for_nobody(
    store: Store, kitchens: tuple[Kitchen, Kitchen]
) -> None:
    kitchen = kitchens[0]
    with store.write() as one, store.write() as other:
        for _ in range(20):
            one.raw.execute("UPDATE site SET first_record_on = coalesce(first_record_on, '2025-01-01') + 1")
            other.raw.execute("UPDATE device SET decommissioned_at = clock_timestamp() WHERE id = %s", [kitchen.camera])
    assert sorted(marks(store)) == sorted([*(one.entity for one in kitchens), kitchen.entity])
    for _ in range(20):
        with store.write() as w:
            w.raw.execute("UPDATE site SET first_record_on = first_record_on + 1")
    assert len(marks(store)) == 3


def test_two_workers_side_by_side_warn_once(store: Store, province: UUID) -> None:
    assert province is not None
    with store.write() as w:
        w.raw.execute("INSERT INTO warning_mark (entity_id) SELECT id FROM entity, generate_series(1, 3)")

    def work(_: int) -> None:
        for _ in range(100):
            evaluated(store, AT + SOON, limit=20)

    with ThreadPoolExecutor(2) as both:
        list(both.map(work, range(2)))
    assert marks(store) == []
    with store.write() as w:
        assert evaluate(w, at=AT + SOON) == 0
        assert w.raw.execute("SELECT count(*) FROM duty_warning WHERE version > 1").fetchone() == (0,)


def test_one_evaluation_at_a_time(store: Store, kitchens: tuple[Kitchen, Kitchen]) -> None:
    with store.write() as w:
        empty_posts(w, *kitchens)
    with store.write() as w:
        evaluate_due(w, at=AT)
        assert evaluated(store, AT + SOON) == 0
    assert warned(store) == {one.entity for one in kitchens}


@pytest.mark.parametrize(
    ("before", "due"),
    [
        ("2025-05-14 09:59:50", "2025-05-14 10:00:00"),  # a day
        ("2025-05-12 12:00:00", "2025-05-12 12:00:01"),  # a week
        ("2025-05-05 23:59:59", "2025-05-06 00:00:01"),  # a month
    ],
)
def test_all_are_evaluated_when_a_day_week_or_month_becomes_due(
    store: Store, kitchens: tuple[Kitchen, Kitchen], before: str, due: str
) -> None:
    first, then = (datetime.fromisoformat(one).replace(tzinfo=SHANGHAI) for one in (before, due))
    with store.write() as w:
        evaluate(w, at=first)
        empty_posts(w, *kitchens)
        warning_marks.take_all(w)
    assert evaluated(store, first) == 0
    assert evaluated(store, then) == 2


def test_all_are_evaluated_after_the_clock_was_set_back(store: Store, kitchens: tuple[Kitchen, Kitchen]) -> None:
    with store.write() as w:
        empty_posts(w, *kitchens)
        warning_marks.take_all(w)
    assert evaluated(store, AT - SOON) == 2
    assert evaluated(store, AT - SOON) == 0


def test_a_visit_warns_at_the_moment_at_which_it_is_a_day_late(store: Store, kitchens: tuple[Kitchen, Kitchen]) -> None:
    kitchen = kitchens[0]
    supervised(store, kitchen, cadre_of(store, kitchen), at=AT - timedelta(days=5))
    with store.write() as w:
        plan(w, at=AT)
        w.raw.execute("UPDATE supervision_task SET due_at = %s", [AT - timedelta(days=1) + 3 * SOON])
    evaluated(store, AT + SOON)
    assert evaluated(store, AT + 2 * SOON) == 0
    assert evaluated(store, AT + 3 * SOON) == 1
    assert warned(store, "visit_overdue") == {kitchen.entity}
    assert evaluated(store, AT + 4 * SOON) == 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE task SET dispatched_at = %(day)s - interval '7 days' WHERE entity_id = %(entity)s",
        "UPDATE task SET dispatched_at = %(day)s - interval '30 days' WHERE entity_id = %(entity)s",
        "UPDATE assignment SET valid_from = %(day)s - interval '11 days' WHERE entity_id = %(entity)s",
        "UPDATE supervision_task SET due_at = %(day)s + interval '3 days' WHERE entity_id = %(entity)s",
    ],
)
def test_a_count_of_days_marks_its_enterprise_when_a_day_of_its_own_is_over(
    store: Store, province: UUID, change: LiteralString
) -> None:
    missing = "INSERT INTO pledge_missing SELECT id, tenant_id, region_code FROM entity WHERE id = %(entity)s"
    with store.write() as w:
        w.raw.execute("RESET ROLE")
        w.raw.execute(missing, {"entity": province})
        w.raw.execute(change, {"day": AT + 2 * SOON, "entity": province})
        w.raw.execute("DELETE FROM warning_mark")
        warning_marks.mark_due(w, since=AT, at=AT + SOON)
    assert province not in marks(store)
    with store.write() as w:
        warning_marks.mark_due(w, since=AT + SOON, at=AT + 2 * SOON)
        warning_marks.mark_due(w, since=AT + SOON, at=AT + 2 * SOON)
    assert marks(store).count(province) == 1


def test_a_tuned_rule_is_evaluated_for_all_but_not_every_few_seconds(
    store: Store, kitchens: tuple[Kitchen, Kitchen]
) -> None:
    with store.write() as w:
        empty_posts(w, *kitchens)
        warning_marks.take_all(w)
        _set(w, "post_empty")
    assert marks(store) == [EVERY]
    assert evaluated(store, AT + SOON) == 0
    assert marks(store) == [EVERY]
    assert evaluated(store, AT + WHOLE_PAUSE) == 2
    assert marks(store) == []


def test_a_calendar_of_a_region_concerns_all(store: Store, province: UUID) -> None:
    assert province is not None
    with store.write() as w:
        w.raw.execute("UPDATE opening_rule SET last = first WHERE entity_id IS NULL")
    assert marks(store) == [EVERY]


def test_more_marks_than_are_worth_a_look_each_lead_to_one_evaluation_of_all(
    store: Store, province: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert province is not None
    monkeypatch.setattr(evaluating, "MANY", 60)
    with store.write() as w:
        w.raw.execute("INSERT INTO warning_mark (entity_id) SELECT id FROM entity")
    evaluated(store, AT + SOON, limit=10)
    assert len(marks(store)) == 90, "not so soon after the last one"
    assert REGISTRY.get_sample_value("mingchu_warnings_waiting") == 60, "counted up to MANY"
    evaluated(store, AT + WHOLE_PAUSE, limit=10)
    assert marks(store) == []


def test_minutes_of_the_day_that_runs_and_drafts_leave_no_mark(store: Store, kitchens: tuple[Kitchen, Kitchen]) -> None:
    kitchen, today = kitchens[0], noon().astimezone(SHANGHAI).date()
    with store.write() as w:
        for day in (today, today + timedelta(days=1)):
            w.raw.execute("INSERT INTO camera_day (device_id, day) VALUES (%s, %s)", (kitchen.camera, day))
        w.raw.execute("UPDATE camera_day SET seen = ~seen")
        w.raw.execute("UPDATE entity SET supervision_next_at = now()")
    assert marks(store) == []


def test_visits_that_are_due_in_weeks_leave_no_mark(store: Store, kitchens: tuple[Kitchen, Kitchen]) -> None:
    kitchen = kitchens[0]
    supervised(store, kitchen, cadre_of(store, kitchen))
    with store.write() as w:
        plan(w, at=AT)
        w.raw.execute("UPDATE supervision_task SET due_at = now() + interval '30 days'")
        warning_marks.take_all(w)
        w.raw.execute("UPDATE supervision_task SET state = 'accepted'")
    assert marks(store) == []
    for change in ("state = 'returned'", "state = 'accepted'", "due_at = now() + interval '15 days'"):
        with store.write() as w:
            w.raw.execute(f"UPDATE supervision_task SET {change}")
        assert marks(store) == [kitchen.entity], change
        with store.write() as w:
            warning_marks.take_all(w)


def test_the_role_evaluates_what_changed_in_its_passes(store: Store, kitchens: tuple[Kitchen, Kitchen]) -> None:
    clock = SteppedClock(noon())
    duties_pass(store, clock=clock)
    with store.write() as w:
        empty_posts(w, kitchens[0])
    clock.advance(SOON)
    duties_pass(store, clock=clock)
    assert warned(store) == {kitchens[0].entity}


def _set(w: Write, rule: str) -> None:
    new = RuleSetting(
        id=uuid7(),
        tenant_id=TENANT,
        region_code="",
        rule=rule,
        internal=False,
        enabled=True,
        steps=(),
        reason="x",
        set_by="x",
        set_at=AT,
        version=1,
    )
    warning_settings.add(w, new)
