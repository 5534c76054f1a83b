"""The sweeps of deadlines are killed at every statement, frozen, and run by a clock that jumps: nothing doubled."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg

from alerts.hazards import review
from alerts.hazards.accountability import assign_waiting
from alerts.hazards.escalation import escalate
from alerts.hazards.tasks import raise_overdue
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.tasks import RectificationTask
from models.evidence.files import EvidenceFiles
from models.store import Store, feed, tasks
from tests.support.people import number_feed, raise_alert
from tests.support.waiting import wait_for
from tests.support.world import Kitchen, seed_world

AT = datetime(2026, 9, 1, 1, tzinfo=UTC)
REGULATOR = Actor(name="regulator", role=Role.regulator)
CODES = ("rodent", "fire_smoke")  # critical: their clock runs round the clock
MOST_STATEMENTS = 200
DYING = "dying"


def dispatched(store: Store, files: EvidenceFiles, kitchen: Kitchen, code: str, *, at: datetime) -> RectificationTask:
    alert = raise_alert(store, files, kitchen, code, at=at)
    with store.write() as w:
        task = review.confirm(w, alert.id, revision=alert.revision, by=REGULATOR, at=at)[1]
        w.raw.execute("UPDATE alert SET closed_at = %s WHERE id = %s", [at, alert.id])  # the next round opens its own
    return task


def swept(store: Store, *, at: datetime) -> None:
    while True:
        with store.write() as w:
            done = raise_overdue(w, at=at) + escalate(w, at=at) + assign_waiting(w, at=at)
        if not done:
            return


def gone(database_url: str) -> bool:
    """Whether the database noticed the death: until then the dead sweep's rows are locked, and a sweep skips them."""
    with psycopg.connect(database_url) as owner:
        held = owner.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [DYING]).fetchone()
    return held == (0,)


def steps_of(store: Store, task_id: UUID) -> Counter[tuple[str, str]]:
    with store.read() as r:
        found = tasks.transitions(r, object_kind="task", object_id=task_id)
    return Counter((step.command, step.reason) for step in found)


def events_of(store: Store, task_id: UUID) -> list[int]:
    """The versions that the feed announced of a task."""
    number_feed(store)
    versions: list[int] = []
    cursor = 0
    while True:
        with store.read() as r:
            page = feed.events_after(r, cursor=cursor, limit=500)
        if not page:
            return versions
        cursor = page[-1].seq
        versions += [event.data["version"] for event in page if event.data.get("task_id") == str(task_id)]


def test_a_sweep_killed_at_any_statement_calls_everybody_once(store: Store, database_url: str, tmp_path: Path) -> None:
    kitchen, files = seed_world(store)[0], EvidenceFiles(tmp_path / "evidence")
    late, killed = timedelta(hours=30), 0
    dying_url = psycopg.conninfo.make_conninfo(database_url, application_name=DYING)
    for last in range(1, MOST_STATEMENTS, 2):
        begin = AT + timedelta(days=last)
        made = [dispatched(store, files, kitchen, code, at=begin) for code in CODES]
        at = begin + late
        child = [sys.executable, "-m", "tests.support.dying", dying_url, str(last), at.isoformat(), "deadlines"]
        ended = subprocess.run(child, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode in {0, -9}, ended.stderr
        wait_for(lambda: gone(database_url))
        swept(store, at=at)
        for task in made:
            steps = steps_of(store, task.id)
            assert max(steps.values()) == 1, (last, steps)
            assert {command for command, _ in steps} == {"dispatch", "overdue", "escalate"}, last
            with store.read() as r:
                now = tasks.task(r, task.id)
            assert now is not None
            assert events_of(store, task.id) == list(range(1, now.version + 1)), last
            assert all((one.fired_at == at) == (one.at < at) for one in now.chain if one.at is not None), last
        with store.write() as w:  # their days are over; the next round has its own
            w.raw.execute(
                "UPDATE task SET state = 'voided', closed_at = %s, next_level_at = NULL, "
                "next_escalation_at = NULL WHERE closed_at IS NULL",
                [at],
            )
        if ended.returncode == 0:
            break
        killed += 1
    else:
        raise AssertionError("the sweep never came to its end")
    assert killed > 5


def test_a_clock_that_jumps_doubles_and_misses_nothing(store: Store, tmp_path: Path) -> None:
    kitchen, files = seed_world(store)[0], EvidenceFiles(tmp_path / "evidence")
    task = dispatched(store, files, kitchen, "rodent", at=AT)
    hour, day = timedelta(hours=1), timedelta(days=1)
    # Forward by half an hour, back by an hour and a day, frozen for ten minutes, forward by an hour and a day.
    moments = [hour / 2, hour / 2 + timedelta(seconds=1)]
    moments += [-hour, -day, hour + timedelta(minutes=10), 2 * hour + timedelta(minutes=10)]
    moments += [day + 3 * hour, 0 * hour, day + 3 * hour, 12 * day, day]
    for moment in moments:
        swept(store, at=AT + moment)
    steps = steps_of(store, task.id)
    assert max(steps.values()) == 1, steps
    with store.read() as r:
        now = tasks.task(r, task.id)
    assert now is not None
    assert now.overdue_level == 4
    reached = [one for one in now.chain if one.step.trigger in {"unacknowledged", "overdue"}]
    assert all(one.fired_at is not None for one in reached)
    assert sum(command == "escalate" for command, _ in steps) >= 3
    assert any("晚" in reason for _, reason in steps), "a step taken late is marked"
