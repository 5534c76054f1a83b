from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from alerts import review
from alerts.grouping import COOLDOWN, group_new_violations
from alerts.lifecycle import Actor, Submission
from alerts.rectification import act, raise_overdue
from alerts.watch import check_series
from models.errors import AccountablePersonMissing, InvalidTransition, NotAllowed, StaleVersion
from models.findings import Alert, Evidence, Violation
from models.ids import uuid7
from models.store import Store, feed, findings, intake, tasks
from models.store.intake import ReadingRow
from models.terms import EvidenceKind, RejectReason, Review, Role, Severity, TaskCommand, ViolationState, Zone
from tests.support.world import TENANT, Kitchen, seed_world

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)
REGULATOR = Actor(name="regulator", role=Role.regulator)
OFFICER = Actor(name="officer", role=Role.enterprise)


def add_violation(store: Store, kitchen: Kitchen, *, at: datetime = AT, code: str = "no_chef_hat") -> UUID:
    violation = Violation(
        id=uuid7(),
        tenant_id=TENANT,
        entity_id=kitchen.entity,
        region_code=kitchen.region,
        site_id=kitchen.site,
        device_id=kitchen.camera,
        code=code,
        zone=Zone.cooking,
        severity=Severity.minor,
        track_id=1,
        state=ViolationState.active,
        review=Review.unreviewed,
        started_at=at,
        ended_at=None,
        occurred_at=at,
        received_at=at,
        score=0.9,
        boxes=[],
        model={"name": "m"},
        rule={"id": "r"},
        evidence_ids=(),
        alert_id=None,
        version=1,
    )
    with store.write() as w:
        findings.add_violation(w, violation)
    return violation.id


def alerts_of(store: Store) -> list[Alert]:
    with store.read() as r:
        return findings.alerts(r, limit=100)


def group(store: Store, *, at: datetime = AT) -> int:
    with store.write() as w:
        return group_new_violations(w, at=at)


def test_a_hundred_violations_and_four_groupers_make_one_alert(store: Store) -> None:
    a, _ = seed_world(store)
    for _ in range(100):
        add_violation(store, a)

    def work(_: int) -> int:
        done = 0
        while True:
            with store.write() as w:
                taken = group_new_violations(w, at=AT, limit=7)
            if not taken:
                return done
            done += taken

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(work, range(4)))
    assert sum(done) == 100
    (alert,) = alerts_of(store)
    assert alert.occurrences == 100


def test_a_judged_situation_asks_nobody_again_within_the_cooldown(store: Store) -> None:
    a, _ = seed_world(store)
    add_violation(store, a)
    group(store)
    (alert,) = alerts_of(store)
    with store.write() as w:
        review.reject(w, alert.id, revision=alert.revision, by=REGULATOR, at=AT, reason=RejectReason.false_alarm)
    add_violation(store, a)
    group(store, at=AT + COOLDOWN - timedelta(seconds=1))
    (alert,) = alerts_of(store)
    assert (alert.state, alert.occurrences) == ("rejected", 2)
    add_violation(store, a)
    group(store, at=AT + COOLDOWN + timedelta(seconds=1))
    assert [each.state for each in alerts_of(store)] == ["pending_review", "rejected"]


def confirmed(store: Store, kitchen: Kitchen) -> UUID:
    add_violation(store, kitchen)
    group(store)
    (alert,) = alerts_of(store)
    with store.write() as w:
        _, task = review.confirm(w, alert.id, revision=alert.revision, by=REGULATOR, at=AT)
    return task.id


def test_confirmed_rectified_accepted_and_every_step_is_told(store: Store) -> None:
    a, _ = seed_world(store)
    task_id = confirmed(store, a)
    photo = Evidence(
        id=uuid7(),
        tenant_id=TENANT,
        entity_id=a.entity,
        region_code=a.region,
        kind=EvidenceKind.photo_after,
        sha256="0" * 64,
        bytes=1,
        mime="image/jpeg",
        captured_at=AT,
    )
    with store.write() as w:
        findings.add_evidence(w, photo)
        act(w, task_id, TaskCommand.acknowledge, version=1, by=OFFICER, at=AT)
        proof = Submission(photos=((photo.id, AT),), measure="戴帽")
        act(w, task_id, TaskCommand.submit, version=2, by=OFFICER, at=AT, submission=proof)
        act(w, task_id, TaskCommand.accept, version=3, by=REGULATOR, at=AT)
    with store.write() as w:
        feed.sequence(w)
        told = [event.type for event in feed.events_after(w, cursor=0, limit=100)]
        steps = [step.command for step in tasks.transitions(w, object_kind="task", object_id=task_id)]
    assert told == [
        "mingchu.alert.opened",
        "mingchu.violation.updated",
        "mingchu.alert.confirmed",
        "mingchu.task.dispatched",
        "mingchu.task.acknowledged",
        "mingchu.task.submitted",
        "mingchu.task.closed",
        "mingchu.alert.closed",
    ]
    assert steps == ["dispatch", "acknowledge", "submit", "accept"]
    (alert,) = alerts_of(store)
    assert alert.closed_at == AT


def test_a_verdict_on_what_has_changed_is_refused_and_changes_nothing(store: Store) -> None:
    a, _ = seed_world(store)
    add_violation(store, a)
    group(store)
    (alert,) = alerts_of(store)
    with pytest.raises(StaleVersion), store.write() as w:
        review.confirm(w, alert.id, revision=alert.revision + 1, by=REGULATOR, at=AT)
    with pytest.raises(NotAllowed), store.write() as w:
        review.confirm(w, alert.id, revision=alert.revision, by=OFFICER, at=AT)
    add_violation(store, a)
    group(store)  # counted again: what the reviewer judges is the same
    with store.write() as w:
        review.confirm(w, alert.id, revision=alert.revision, by=REGULATOR, at=AT)
    with pytest.raises(InvalidTransition), store.write() as w:
        review.confirm(w, alert.id, revision=alert.revision, by=REGULATOR, at=AT)


def test_without_an_accountable_person_nothing_is_confirmed(store: Store) -> None:
    a, _ = seed_world(store)
    with store.write() as w:
        w.raw.execute("UPDATE person SET valid_to = %s", [AT - timedelta(days=400)])
    add_violation(store, a)
    group(store)
    (alert,) = alerts_of(store)
    with pytest.raises(AccountablePersonMissing), store.write() as w:
        review.confirm(w, alert.id, revision=alert.revision, by=REGULATOR, at=AT)
    assert alerts_of(store) == [alert]


def test_overdue_levels_rise_by_themselves_and_only_once(store: Store) -> None:
    a, _ = seed_world(store)
    confirmed(store, a)

    def sweep(at: datetime) -> tuple[int, int]:
        with store.write() as w:
            moved = raise_overdue(w, at=at)
        with store.read() as r:
            return moved, tasks.tasks(r, limit=1)[0].overdue_level

    due = AT + timedelta(hours=24)
    assert sweep(due) == (0, 0)
    assert sweep(due + timedelta(minutes=1)) == (1, 1)
    assert sweep(due + timedelta(minutes=2)) == (0, 1)
    assert sweep(due + timedelta(days=6)) == (1, 3)
    assert sweep(due + timedelta(days=30)) == (1, 4)
    assert sweep(due + timedelta(days=31)) == (0, 4)


def store_reading(store: Store, device: str, code: str, value: float, *, at: datetime) -> None:
    with store.write() as w:
        intake.store_readings(w, [ReadingRow(device, code, at, 0, at, value, False)])
        w.raw.execute("UPDATE breach_queue SET due_at = %s", [at])


def check(store: Store, *, at: datetime) -> None:
    with store.write() as w:
        check_series(w, at=at)


def test_gas_alarms_at_once_and_goes_on_as_one_alert(store: Store) -> None:
    a, _ = seed_world(store)
    for i in range(5):
        at = AT + timedelta(seconds=i)
        store_reading(store, a.gas, "gas_ch4", 60.0, at=at)
        check(store, at=at)
    (alert,) = alerts_of(store)
    assert (alert.code, alert.severity, alert.occurrences, alert.origin) == ("gas_ch4", "critical", 1, "breach")
    assert alert.measured is not None
    assert (alert.measured["value"], alert.measured["threshold"]) == (60.0, 25)


def test_a_hold_time_runs_out_although_no_new_reading_comes(store: Store) -> None:
    a, _ = seed_world(store)
    store_reading(store, a.fridge, "fridge_temp", 11.0, at=AT)
    check(store, at=AT)
    assert alerts_of(store) == []
    check(store, at=AT + timedelta(minutes=15))
    (alert,) = alerts_of(store)
    assert (alert.code, alert.severity) == ("fridge_temp", "major")


def gas(store: Store, kitchen: Kitchen, *, percent: float, at: datetime) -> None:
    store_reading(store, kitchen.gas, "gas_ch4", percent, at=at)
    check(store, at=at)


def warned_of_gas(store: Store, kitchen: Kitchen) -> Alert:
    gas(store, kitchen, percent=12.0, at=AT)
    gas(store, kitchen, percent=12.0, at=AT + timedelta(seconds=10))
    (alert,) = alerts_of(store)
    assert alert.severity == "minor"
    return alert


def test_what_gets_worse_after_its_verdict_is_asked_about_again(store: Store) -> None:
    a, _ = seed_world(store)
    alert, later = warned_of_gas(store, a), AT + timedelta(minutes=1)
    with store.write() as w:
        review.reject(w, alert.id, revision=alert.revision, by=REGULATOR, at=later, reason=RejectReason.false_alarm)
    gas(store, a, percent=60.0, at=later)
    gas(store, a, percent=61.0, at=later + timedelta(seconds=1))
    with store.read() as r:
        queue = findings.review_queue(r, limit=10)
    assert [(each.severity, each.occurrences) for each in queue] == [("critical", 1)]
    old = alerts_of(store)[-1]
    assert (old.id, old.severity, old.state) == (alert.id, "minor", "rejected")


def test_a_hazard_that_gets_worse_takes_its_task_along(store: Store) -> None:
    a, _ = seed_world(store)
    alert, later = warned_of_gas(store, a), AT + timedelta(minutes=1)
    with store.write() as w:
        _, task = review.confirm(w, alert.id, revision=alert.revision, by=REGULATOR, at=later)
    gas(store, a, percent=60.0, at=later)
    gas(store, a, percent=60.0, at=later + timedelta(seconds=1))
    with store.write() as w:
        raised = tasks.task(w, task.id)
        steps = tasks.transitions(w, object_kind="task", object_id=task.id)
        feed.sequence(w)
        told = [event for event in feed.events_after(w, cursor=0, limit=100) if event.type == "mingchu.task.updated"]
    assert raised is not None
    assert (raised.severity, raised.due_at, raised.state) == ("critical", task.due_at, "dispatched")
    assert [(step.command, step.version, step.reason) for step in steps[1:]] == [("raise_severity", 2, "critical")]
    assert [event.data["severity"] for event in told] == ["critical"]


def test_a_task_closes_while_its_hazard_gets_worse_and_neither_waits_for_the_other_for_ever(store: Store) -> None:
    a, _ = seed_world(store)
    alert, later = warned_of_gas(store, a), AT + timedelta(minutes=1)
    with store.write() as w:
        _, task = review.confirm(w, alert.id, revision=alert.revision, by=REGULATOR, at=later)
    with ThreadPoolExecutor(1) as pool:
        with store.write() as w:
            findings.alert_for_update(w, alert.id)

            def void() -> None:
                with store.write() as other:
                    act(other, task.id, TaskCommand.void, version=1, by=REGULATOR, at=later, reason="test")

            closing = pool.submit(void)
            with pytest.raises(TimeoutError):
                closing.result(timeout=0.3)
            w.raw.execute("SET LOCAL lock_timeout = '2s'")
            assert tasks.raise_severity(w, alert_id=alert.id, severity=Severity.critical) is not None
        with pytest.raises(StaleVersion):
            closing.result(timeout=5)
