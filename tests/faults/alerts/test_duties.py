"""A night's run over duties and the freezing of indices, killed at any statement: nothing doubled or missed."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from alerts.duties.dispatch import count_today
from alerts.duties.supervision import mark_late, plan
from alerts.duties.warnings.evaluating import evaluate, evaluate_due
from alerts.indices.computing import differences
from alerts.indices.scheduled import run_due
from models.catalogue.index_terms import IndexKind, IndexState
from models.evidence.files import EvidenceFiles
from models.store import Store, indices, letters
from tests.faults.alerts.test_sweeps import DYING, gone
from tests.support.guarantees import cadre_of, supervised
from tests.support.indices import further_counties, ranked_counties
from tests.support.people import number_feed
from tests.support.waiting import wait_for
from tests.support.world import TENANT, Kitchen, seed_world

NIGHT = datetime(2026, 11, 2, 17, tzinfo=UTC)
"""In the second month of a quarter, so that its visits are worth planning."""
QUARTER = timedelta(days=365 / 4)
DUE = datetime(2026, 10, 20, 4, tzinfo=UTC)
WEEK = "2026-W42"
MOST_STATEMENTS = 400


def killed_at(database_url: str, last: int, at: datetime, work: str) -> bool:
    """Do some work in a process that dies before its n-th statement; return whether it was alive to its end."""
    url = psycopg.conninfo.make_conninfo(database_url, application_name=DYING)
    child = [sys.executable, "-m", "tests.support.dying", url, str(last), at.isoformat(), work]
    ended = subprocess.run(child, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode in {0, -9}, ended.stderr
    wait_for(lambda: gone(database_url))
    return ended.returncode == 0


def rows(store: Store, query: str, *params: object) -> list[tuple[Any, ...]]:
    with store.read() as r:
        return r.raw.execute(query, params).fetchall()


def add_channel(store: Store, kitchen: Kitchen, cadre_id: UUID) -> None:
    """A channel of a cadre; its address is never asked for, because nothing is sent."""
    with store.write() as w:
        w.raw.execute(
            "INSERT INTO channel (id, tenant_id, region_code, cadre_id, kind, name, hint, min_severity, cap_per_hour, "
            "created_by, created_at) VALUES (gen_random_uuid(), %s, %s, %s, 'json', 'x', 'x', 'minor', 20, 'x', %s)",
            (TENANT, kitchen.region, cadre_id, NIGHT),
        )


def a_night(store: Store, at: datetime) -> None:
    for sweep in (plan, mark_late, evaluate, count_today):
        with store.write() as w:
            sweep(w, at=at)


def whole(store: Store, subject: str, like: str) -> None:
    """Assert that the feed has each version of each subject once, without a gap."""
    found = rows(store, "SELECT data->>%s, (data->>'version')::int FROM event WHERE type LIKE %s", subject, like)
    counts = Counter(one for one in found if one[0] is not None)
    assert counts, like
    assert max(counts.values()) == 1, like
    for one in {key for key, _ in counts}:
        assert sorted(version for key, version in counts if key == one) == list(
            range(1, 1 + max(version for key, version in counts if key == one))
        )


def test_an_evaluation_of_what_changed_killed_at_any_statement_warns_once(store: Store, database_url: str) -> None:
    kitchens = [*seed_world(store), *further_counties(store)]
    survived, last = False, 1
    while not survived:
        with store.write() as w:
            evaluate(w, at=NIGHT)
            w.raw.execute("UPDATE person SET valid_to = valid_from")
        survived = killed_at(database_url, last, NIGHT, "marks")
        with store.write() as w:
            evaluate_due(w, at=NIGHT)
        warned = rows(store, "SELECT entity_id FROM duty_warning WHERE rule = 'post_empty' AND ended_at IS NULL")
        assert sorted(warned) == sorted((kitchen.entity,) for kitchen in kitchens), last
        assert rows(store, "SELECT count(*) FROM warning_mark") == [(0,)], last
        with store.write() as w:
            w.raw.execute("UPDATE person SET valid_to = NULL")
        last += 9
        assert last < MOST_STATEMENTS
    assert last > 30
    number_feed(store)
    whole(store, "warning_id", "mingchu.warning.%")


def test_a_night_killed_at_any_statement_plans_and_warns_once(store: Store, database_url: str) -> None:
    kitchens = [*seed_world(store), *further_counties(store)]
    for number, kitchen in enumerate(kitchens):
        cadre = cadre_of(store, kitchen, f"包保{number}")
        supervised(store, kitchen, cadre, at=NIGHT - timedelta(days=30))
        add_channel(store, kitchen, cadre.id)
    with store.write() as w:
        w.raw.execute("UPDATE person SET valid_to = valid_from")  # posts are empty: each enterprise is warned
    killed = 0
    for number, last in enumerate(range(1, MOST_STATEMENTS, 11)):
        at = NIGHT + number * QUARTER
        survived = killed_at(database_url, last, at, "night")
        a_night(store, at)
        planned = rows(
            store,
            "SELECT entity_id, count(*) FROM supervision_task WHERE generated_at = %s GROUP BY entity_id",
            at,
        )
        assert sorted(planned) == sorted((kitchen.entity, 1) for kitchen in kitchens), last
        pushed = rows(store, "SELECT DISTINCT state FROM supervision_task WHERE generated_at = %s", at)
        assert pushed == [("pushed",)], last
        told = rows(
            store,
            "SELECT t.entity_id, count(*) FROM supervision_task t JOIN notice n ON n.subject_id = t.id "
            "WHERE t.generated_at = %s AND n.occasion = 'visit_pushed' GROUP BY t.entity_id",
            at,
        )
        assert sorted(told) == sorted((kitchen.entity, 1) for kitchen in kitchens), last
        warned = rows(store, "SELECT entity_id FROM duty_warning WHERE rule = 'post_empty' AND ended_at IS NULL")
        assert len(warned) == len(set(warned)) == len(kitchens), last
        counted = rows(store, "SELECT region_code FROM duty_day WHERE counted_at = %s", at)
        assert sorted(counted) == sorted((kitchen.region,) for kitchen in kitchens), last
        killed += not survived
        if survived:
            break
        with store.write() as w:  # the quarter is over; the next round plans its own
            w.raw.execute(
                "UPDATE supervision_task SET state = 'archived', closed_at = %s WHERE closed_at IS NULL", [at]
            )
    else:
        raise AssertionError("the night never came to its end")
    assert killed > 5
    number_feed(store)
    whole(store, "supervision_id", "mingchu.supervision.%")
    whole(store, "warning_id", "mingchu.warning.%")


def world_of(store: Store, tmp_path: Path) -> list[Kitchen]:
    kitchens = [*seed_world(store), *further_counties(store)]
    ranked_counties(store, EvidenceFiles(tmp_path), kitchens, at=DUE - timedelta(days=7))
    return kitchens


def test_a_freeze_killed_at_any_statement_is_whole_after_the_next_run_and_recomputes_to_the_digit(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    kitchens = world_of(store, tmp_path)
    killed = 0
    for last in range(1, MOST_STATEMENTS, 7):
        survived = killed_at(database_url, last, DUE, "indices")
        run_due(store, at=DUE)
        assert run_due(store, at=DUE) == 0, last
        done = rows(store, "SELECT kind, period, frozen, letters FROM index_run ORDER BY kind, period")
        quarter = ("region", "2026-Q3", 0, 0)
        months = [("entity", "2026-09", 5, 0), ("region", "2026-09", 5, 0)]
        years = [("cadre", "2025-12", 0, 0), ("cadre", "2026-09", 0, 0)]
        assert done == [*years, *months, quarter, ("region", WEEK, 5, 3)], last
        with store.read() as r:
            frozen = list(indices.snapshots_of(r, TENANT, IndexKind.region, WEEK))
            assert [(one.subject_id, one.state, one.version) for one in frozen] == [
                (kitchen.region, IndexState.frozen, 1) for kitchen in kitchens
            ], last
            for kind in (IndexKind.entity, IndexKind.region):
                for period in (WEEK, "2026-09", "2026-Q3"):
                    assert list(differences(r, TENANT, kind, period)) == [], last
            assert len(list(indices.snapshots_of(r, TENANT, IndexKind.cadre, "2026"))) == len(kitchens), last
            assert list(differences(r, TENANT, IndexKind.cadre, "2026")) == [], last
            assert len(letters.letters(r, before=None, limit=9)) == 3, last
        number_feed(store)
        told = rows(store, "SELECT type, count(*) FROM event WHERE type LIKE 'mingchu.duty.%%' GROUP BY 1 ORDER BY 1")
        assert told == [("mingchu.duty.index_frozen", 10), ("mingchu.duty.letter_issued", 3)], last
        killed += not survived
        if survived:
            break
        with psycopg.connect(database_url) as owner:  # the next round freezes the same week from the same facts
            owner.execute("TRUNCATE index_snapshot, index_run, duty_letter, outbox, event")
    else:
        raise AssertionError("the freeze never came to its end")
    assert killed > 5
