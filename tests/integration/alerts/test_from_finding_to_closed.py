from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from alerts.findings.grouping import COOLDOWN, group_new_violations
from alerts.hazards import review
from alerts.hazards.accountability import assign_waiting
from alerts.hazards.lifecycle import Submission
from alerts.hazards.tasks import act, raise_overdue
from alerts.registry.people import name_person
from models.base.errors import InvalidTransition, NotAllowed, StaleVersion
from models.base.ids import uuid7
from models.catalogue.terms import (
    EvidenceKind,
    Post,
    RejectReason,
    Review,
    Role,
    Severity,
    TaskCommand,
    ViolationState,
    Zone,
)
from models.changes.violations import open_violation
from models.domain.access import Actor
from models.domain.alerts import Alert
from models.domain.evidence import Evidence
from models.domain.violations import Violation
from models.store import Store, alerts, evidence, feed, tasks
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
        severity=Severity.critical,  # round the clock
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
        open_violation(w, violation, at=violation.received_at)
    return violation.id


def alerts_of(store: Store) -> list[Alert]:
    with store.read() as r:
        return alerts.alerts(r, limit=100)


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


def test_a_situation_with_a_verdict_opens_no_alert_within_the_cooldown(store: Store) -> None:
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


def after_photo(store: Store, kitchen: Kitchen) -> Submission:
    photo = Evidence(
        id=uuid7(),
        tenant_id=TENANT,
        entity_id=kitchen.entity,
        region_code=kitchen.region,
        kind=EvidenceKind.photo_after,
        sha256="0" * 64,
        bytes=1,
        mime="image/jpeg",
        captured_at=AT,
    )
    with store.write() as w:
        evidence.add_evidence(w, photo)
    return Submission(photos=((photo.id, AT),), measure="戴帽")


def test_every_step_from_confirmation_to_acceptance_is_announced(store: Store) -> None:
    a, _ = seed_world(store)
    task_id = confirmed(store, a)
    proof = after_photo(store, a)
    with store.write() as w:
        act(w, task_id, TaskCommand.acknowledge, version=1, by=OFFICER, at=AT)
        act(w, task_id, TaskCommand.submit, version=2, by=OFFICER, at=AT, submission=proof)
        act(w, task_id, TaskCommand.accept, version=3, by=REGULATOR, at=AT)
    with store.write() as w:
        feed.sequence(w)
        told = [event.type for event in feed.events_after(w, cursor=0, limit=100)]
        steps = [step.command for step in tasks.transitions(w, object_kind="task", object_id=task_id)]
    assert told == [
        "mingchu.violation.opened",
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


def test_a_verdict_on_a_changed_alert_is_refused_and_changes_nothing(store: Store) -> None:
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


def test_without_an_accountable_person_the_office_holds_the_task_until_somebody_is_named(store: Store) -> None:
    a, _ = seed_world(store)
    with store.write() as w:
        w.raw.execute("UPDATE person SET valid_to = %s", [AT - timedelta(days=400)])
    add_violation(store, a)
    group(store)
    (alert,) = alerts_of(store)
    with store.write() as w:
        _, task = review.confirm(w, alert.id, revision=alert.revision, by=REGULATOR, at=AT)
    assert task.person_id is None
    (duty,) = [found for found in alerts_of(store) if found.id != alert.id]
    assert (duty.code, duty.origin, duty.device_id) == ("accountable_missing", "duty", alert.device_id)
    with store.write() as w:
        assert assign_waiting(w, at=AT) == 0
        named = name_person(w, entity_id=a.entity, name="新任", post=Post.officer, by=OFFICER, at=AT)
        assert (assign_waiting(w, at=AT), assign_waiting(w, at=AT)) == (1, 0)
    with store.read() as r:
        found = tasks.task(r, task.id)
        steps = [step.command for step in tasks.transitions(r, object_kind="task", object_id=task.id)]
    assert found is not None
    assert (found.person_id, steps) == (named.id, ["dispatch", "hand_over"])


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


def submitted(store: Store, kitchen: Kitchen, *, at: datetime) -> UUID:
    task_id, proof = confirmed(store, kitchen), after_photo(store, kitchen)
    with store.write() as w:
        act(w, task_id, TaskCommand.acknowledge, version=1, by=OFFICER, at=AT)
        act(w, task_id, TaskCommand.submit, version=2, by=OFFICER, at=at, submission=proof)
    return task_id


def test_the_clock_stands_while_the_regulator_has_to_act(store: Store) -> None:
    a, _ = seed_world(store)
    due, long_after = AT + timedelta(hours=24), AT + timedelta(days=9)
    task_id = submitted(store, a, at=due)
    with store.write() as w:
        assert (raise_overdue(w, at=long_after), tasks.late_total(w, at=long_after)) == (0, 0)
        act(w, task_id, TaskCommand.take_review, version=3, by=REGULATOR, at=long_after)
        assert (raise_overdue(w, at=long_after), tasks.late_total(w, at=long_after)) == (0, 0)
        returned = act(w, task_id, TaskCommand.return_, version=4, by=REGULATOR, at=long_after, reason="看不清")
        assert returned.due_at == long_after
        assert raise_overdue(w, at=long_after) == 0
        assert raise_overdue(w, at=long_after + timedelta(minutes=1)) == 1


def test_a_late_submission_stays_late(store: Store) -> None:
    a, _ = seed_world(store)
    late = AT + timedelta(hours=25)
    task_id = submitted(store, a, at=late)
    with store.read() as r:
        found = tasks.task(r, task_id)
        assert tasks.late_total(r, at=late) == 1
    assert found is not None
    assert found.overdue_level == 1


def test_events_of_a_task_contain_its_whole_state(store: Store) -> None:
    a, _ = seed_world(store)
    task_id = submitted(store, a, at=AT)
    with store.write() as w:
        act(w, task_id, TaskCommand.return_, version=3, by=REGULATOR, at=AT, reason="看不清")
        raise_overdue(w, at=AT + timedelta(days=2))
        feed.sequence(w)
        told = {event.type.rpartition(".")[2]: event.data for event in feed.events_after(w, cursor=0, limit=100)}
    assert told["dispatched"]["requirement"].startswith("烹饪区：未戴工作帽")
    assert [told["submitted"][name] for name in ("measure", "submitted_by", "cause", "reason")] == [
        "戴帽",
        "officer",
        "",
        None,
    ]
    assert [told[what]["reason"] for what in ("returned", "overdue")] == ["看不清", "看不清"]
