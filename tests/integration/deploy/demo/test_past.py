"""The weeks before the demo: played once, dated over the past, marked, and without anything left open."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.duties.dispatch import board, count_today
from alerts.duties.home import load_home
from alerts.indices.scheduled import run_due
from deploy.demo.past.agenda import MARK, Span
from deploy.demo.plan import TENANT, default_plan, footage_plan
from deploy.demo.seed import seed
from deploy.places import Places
from ingest.simulator.script import Faults
from models.catalogue.duty_terms import DutyPeriod, RecordState, ReportKind, RowResult
from models.catalogue.index_terms import IndexKind, IndexState
from models.domain.ledger import gaps
from models.store import Scope, Store, access, indices, ledger, meals, pledges, records, reports, tasks
from tests.support.days import today


@pytest.fixture
def places(tmp_path: Path) -> Places:
    found = Places(data_dir=tmp_path)
    found.secrets.mkdir(parents=True)
    return found


def play_until(store: Store, places: Places, at: datetime) -> Span:
    seed(store, places, default_plan(), faults=Faults(), duration_s=60, at=at)
    return Span.before(at)


def test_boards_and_homes_have_weeks_in_them_that_say_they_are_simulated(store: Store, places: Places) -> None:
    now = datetime.now(UTC)
    span = play_until(store, places, now)
    with store.write() as w:
        count_today(w, at=now)
    with store.read() as r:
        found = records.records(r, site_id=None, before=None, limit=1_000)
        assert {record.state for record in found} == {RecordState.signed}
        assert len(found) == 4 * len(span.days) - 3, "one kitchen has missed the last three days"
        assert all(MARK in (record.signed_by or "") and not record.late for record in found)
        assert min(record.day for record in found) == span.first
        assert max(record.day for record in found) == today() - timedelta(days=1), "today is the visitor's"
        rows = [row for record in found for row in record.items if row.result is RowResult.problem]
        assert all(row.problem.startswith(MARK) for row in rows)
        assert {record.pack for record in found} == {"day.school.v1", "day.catering.v1", "day.central_kitchen.v1"}
        weeks = reports.reports(r, kind=ReportKind.week, before=None, limit=100)
        assert (len(weeks), {week.state for week in weeks}) == (3 * len(span.weeks), {RecordState.signed})
        months = reports.reports(r, kind=ReportKind.month, before=None, limit=100)
        assert [(month.begin, month.state, month.late) for month in months] == [
            (span.first, RecordState.signed, False)
        ] * 3
        lunches = meals.meals(r, site_id=None, limit=100)
        assert (len(lunches), {meal.site_id for meal in lunches}) == (len(span.days), {default_plan().sites[0].id})
        assert pledges.rate(r) == (3, 2)
        shown = board(r, at=now, day=None, within="")
        assert {line.region_code for line in shown.lines} == {"330602", "330603"}
        assert shown.total.change is not None, "there is a week to compare with"
        for day in span.days:
            past = board(r, at=now, day=day, within="")
            assert {line.region_code for line in past.lines} == {"330602", "330603"}, day
        assert board(r, at=now, day=span.first, within="").total.rates["pledged"].k == 0, "as it was on that day"
        last = board(r, at=now, day=span.last, within="").total.rates
        assert (last["pledged"].k, last["connected"].k, last["connected"].n) == (2, 2, 2)


HOLIDAYS = (
    datetime(2026, 1, 2, 1, tzinfo=UTC),
    datetime(2026, 2, 25, 3, tzinfo=UTC),
    datetime(2026, 10, 9, 1, tzinfo=UTC),
)
"""The first days of a year, and the days after the longest holidays, in which deadlines stand still."""


@pytest.mark.parametrize("at", [None, *HOLIDAYS])
def test_its_hazards_are_all_closed_and_the_last_month_has_indices(
    store: Store, places: Places, at: datetime | None
) -> None:
    now = at or datetime.now(UTC)
    span = play_until(store, places, now)
    assert run_due(store, at=now) >= 3
    with store.read() as r:
        assert tasks.task_counts(r) == {"closed": 3 * len(span.weeks)}
        marked = r.raw.execute("SELECT DISTINCT origin, starts_with(remark, %s) FROM alert", [MARK]).fetchall()
        assert marked == [("spot", True)]
        steps = {row[0] for row in r.raw.execute("SELECT DISTINCT command FROM transition WHERE object = 'task'")}
        assert {"dispatch", "acknowledge", "submit", "return", "accept"} <= steps
        (late,) = r.raw.execute("SELECT count(*) FROM task WHERE overdue_level > 0").fetchone() or (0,)
        assert late > 0, "somebody is late"
        (ahead,) = r.raw.execute("SELECT count(*) FROM transition WHERE at > %s", [now]).fetchone() or (0,)
        assert ahead == 0, "nothing lies ahead of the demo"
        for kind, subjects in ((IndexKind.entity, 3), (IndexKind.region, 2)):
            shown = indices.board(r, kind, f"{span.first:%Y-%m}", limit=9)
            assert len(shown) == subjects
            assert all(one.score is not None and one.state is IndexState.frozen for one in shown), shown


def test_its_cameras_have_minutes_that_nobody_accounts_for_again(store: Store, places: Places) -> None:
    span = play_until(store, places, datetime.now(UTC))
    with store.write() as w:
        again = ledger.open_days(w, day=span.last, day_ends_at=datetime.now(UTC), turns=1, turn=0)
        assert again == []
        found = ledger.camera_days(w, "yc-school-prep", since=span.first, until=span.last)
    assert len(found) == min(62, len(span.days))
    short = [day for day in found if "0" in day.seen]
    assert {gap.reason for day in short for gap in gaps(day)} == {"node_offline"}


def test_the_three_posts_of_the_school_have_accounts_with_a_home(store: Store, places: Places) -> None:
    seed(store, places, default_plan(), faults=Faults(), duration_s=60)
    kept = {"anquanyuan": DutyPeriod.day, "zongjian": DutyPeriod.week, "fuzeren": DutyPeriod.month}
    for login, period in kept.items():
        with store.read(Scope.of_access()) as r:
            user = access.user_by_login(r, login)
        assert user is not None
        assert user.entity_id is not None
        with store.read(Scope.of_entity(TENANT, user.entity_id)) as r:
            home = load_home(r, entity_id=user.entity_id, person_id=user.person_id, at=datetime.now(UTC))
        assert home.periods == (period,)
        assert any(not due.done for due in home.dues), "something is left to try"


def test_a_second_run_on_the_same_data_plays_nothing_again(store: Store, places: Places) -> None:
    for _ in range(2):
        seed(store, places, default_plan(), faults=Faults(), duration_s=60)
    with store.read() as r:
        span = Span.before(datetime.now(UTC))
        assert len(records.records(r, site_id=None, before=None, limit=1_000)) == 4 * len(span.days) - 3
        assert r.raw.execute("SELECT count(*) FROM cadre").fetchone() == (2,)


def test_real_footage_brings_no_invented_duties(store: Store, places: Places, tmp_path: Path) -> None:
    still = tmp_path / "stills" / "one.jpg"
    still.parent.mkdir()
    still.write_bytes(b"\xff\xd8")
    seed(store, places, footage_plan(still.parent), faults=Faults(), duration_s=60)
    with store.read() as r:
        assert records.records(r, site_id=None, before=None, limit=1) == []
