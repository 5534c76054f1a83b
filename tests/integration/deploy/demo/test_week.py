"""The week before the demo: played once, dated over the past, marked, and without findings or tasks."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.duties.dispatch import board, count_today
from alerts.duties.home import load_home
from deploy.demo.plan import TENANT, default_plan, footage_plan
from deploy.demo.seed import seed
from deploy.demo.week import DAYS, MARK
from deploy.places import Places
from ingest.simulator.script import Faults
from models.catalogue.duty_terms import DutyPeriod, RecordState, RowResult
from models.store import Scope, Store, access, meals, pledges, records, reports, tasks
from tests.support.days import today


@pytest.fixture
def places(tmp_path: Path) -> Places:
    found = Places(data_dir=tmp_path)
    found.secrets.mkdir(parents=True)
    return found


def test_boards_and_homes_have_a_week_in_them_that_says_it_is_simulated(store: Store, places: Places) -> None:
    seed(store, places, default_plan(), faults=Faults(), duration_s=60)
    with store.write() as w:
        count_today(w, at=datetime.now(UTC))
    with store.read() as r:
        found = records.records(r, site_id=None, before=None, limit=200)
        assert {record.state for record in found} == {RecordState.signed}
        assert len(found) == 3 * DAYS + DAYS - 3, "one kitchen has missed the last three days"
        assert all(MARK in (record.signed_by or "") and not record.late for record in found)
        assert min(record.day for record in found) == today() - timedelta(days=DAYS)
        assert max(record.day for record in found) == today() - timedelta(days=1), "today is the visitor's"
        rows = [row for record in found for row in record.items if row.result is RowResult.problem]
        assert {row.problem for row in rows} <= {f"{MARK}保洁柜门未关"}
        assert {record.pack for record in found} == {"day.school.v1", "day.catering.v1", "day.central_kitchen.v1"}
        weeks = reports.reports(r, kind=None, before=None, limit=50)
        assert (len(weeks), {week.state for week in weeks}) == (3, {RecordState.signed})
        lunches = meals.meals(r, site_id=None, limit=50)
        assert (len(lunches), {meal.site_id for meal in lunches}) == (DAYS, {default_plan().sites[0].id})
        assert tasks.task_counts(r) == {}, "a week of duties makes no task"
        assert r.raw.execute("SELECT count(*) FROM alert").fetchone() == (0,)
        assert pledges.rate(r) == (3, 2)
        shown = board(r, at=datetime.now(UTC), day=None, within="")
        assert {line.region_code for line in shown.lines} == {"330602", "330603"}
        assert shown.total.change is not None, "there is a week to compare with"
        for back in range(1, DAYS):
            past = board(r, at=datetime.now(UTC), day=today() - timedelta(days=back), within="")
            assert {line.region_code for line in past.lines} == {"330602", "330603"}, back
            assert past.total.rates["written"].n > 0, back


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
        assert len(records.records(r, site_id=None, before=None, limit=200)) == 3 * DAYS + DAYS - 3
        assert r.raw.execute("SELECT count(*) FROM cadre").fetchone() == (2,)


def test_real_footage_brings_no_invented_duties(store: Store, places: Places, tmp_path: Path) -> None:
    still = tmp_path / "stills" / "one.jpg"
    still.parent.mkdir()
    still.write_bytes(b"\xff\xd8")
    seed(store, places, footage_plan(still.parent), faults=Faults(), duration_s=60)
    with store.read() as r:
        assert records.records(r, site_id=None, before=None, limit=1) == []
