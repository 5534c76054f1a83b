"""From readings to alerts: in time, late, and when a hazard gets worse."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from alerts.findings.grouping import COOLDOWN
from alerts.findings.series import check_series
from alerts.hazards import review
from alerts.hazards.tasks import act
from models.base.errors import StaleVersion
from models.catalogue.terms import RejectReason, Role, Severity, TaskCommand
from models.changes.tasks import raise_severity
from models.domain.access import SYSTEM, Actor
from models.domain.alerts import Alert
from models.store import Store, alerts, feed, readings, tasks
from models.store.readings import ReadingRow
from tests.support.waiting import GENEROUS_S
from tests.support.world import Kitchen, seed_world

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)
REGULATOR = Actor(name="regulator", role=Role.regulator)


def alerts_of(store: Store) -> list[Alert]:
    with store.read() as r:
        return alerts.alerts(r, limit=100)


def store_reading(store: Store, device: str, code: str, value: float, *, at: datetime) -> None:
    with store.write() as w:
        readings.store_readings(w, [ReadingRow(device, code, at, 0, at, value, False)])
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


def store_series(store: Store, device: str, *stretches: tuple[int, float]) -> datetime:
    """A reading a minute from AT on, all in one batch; a stretch is (minutes, value). Gives the last one's time."""
    values = [value for minutes, value in stretches for _ in range(minutes)]
    times = [AT + timedelta(minutes=minute) for minute in range(len(values))]
    with store.write() as w:
        rows = [ReadingRow(device, "fridge_temp", t, 0, times[-1], v, True) for t, v in zip(times, values, strict=True)]
        readings.store_readings(w, rows)
        w.raw.execute("UPDATE breach_queue SET due_at = %s", [times[-1]])
    return times[-1]


def test_a_breach_that_ended_before_its_readings_arrived_is_an_alert(store: Store) -> None:
    a, _ = seed_world(store)
    at = store_series(store, a.fridge, (5, 4), (120, 14), (40, 4))
    check(store, at=at)
    (alert,) = alerts_of(store)
    assert (alert.severity, alert.state, alert.occurrences) == ("major", "pending_review", 1)
    assert (alert.first_at, alert.last_at) == (AT + timedelta(minutes=5), AT + timedelta(minutes=124))
    assert alert.measured is not None
    assert alert.measured["ended"] == "2026-09-01T10:05:00.000Z"
    with store.write() as w:
        review.reject(w, alert.id, revision=alert.revision, by=REGULATOR, at=at, reason=RejectReason.test)
    # A late reading makes all of it be judged again: it is known.
    store_reading(store, a.fridge, "fridge_temp", 4.1, at=AT + timedelta(minutes=1, seconds=30))
    check(store, at=at + COOLDOWN * 2)
    assert [(each.id, each.occurrences) for each in alerts_of(store)] == [(alert.id, 1)]


def test_a_breach_found_in_time_opens_no_second_alert_when_it_ends(store: Store) -> None:
    a, _ = seed_world(store)
    for minute, value in enumerate([14.0] * 40 + [4.0] * 10):
        at = AT + timedelta(minutes=minute)
        store_reading(store, a.fridge, "fridge_temp", value, at=at)
        check(store, at=at)
    (alert,) = alerts_of(store)
    assert (alert.severity, alert.occurrences, alert.last_at) == ("major", 1, AT + timedelta(minutes=39))


def test_a_series_too_long_for_one_check_is_checked_to_its_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.findings.series.MOST_POINTS", 100)
    a, _ = seed_world(store)
    at = store_series(store, a.fridge, (300, 4), (40, 14), (60, 4))
    for _ in range(8):
        check(store, at=at)
    (alert,) = alerts_of(store)
    assert (alert.first_at, alert.occurrences) == (AT + timedelta(minutes=300), 1)
    with store.write() as w:
        assert readings.due_breach_checks(w, at=at + timedelta(days=1), limit=1) == []


def test_a_series_too_long_to_be_read_with_others_is_judged_as_a_whole(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its breach began long before the newest points that are read of each."""
    monkeypatch.setattr("alerts.findings.series.SHORT", 10)
    a, b = seed_world(store)
    store_series(store, a.fridge, (20, 4), (40, 14))
    at = store_series(store, b.fridge, (60, 4))
    check(store, at=at)
    (alert,) = alerts_of(store)
    assert (alert.device_id, alert.first_at) == (a.fridge, AT + timedelta(minutes=20))


def gas(store: Store, kitchen: Kitchen, *, percent: float, at: datetime) -> None:
    store_reading(store, kitchen.gas, "gas_ch4", percent, at=at)
    check(store, at=at)


def warned_of_gas(store: Store, kitchen: Kitchen) -> Alert:
    gas(store, kitchen, percent=12.0, at=AT)
    gas(store, kitchen, percent=12.0, at=AT + timedelta(seconds=10))
    (alert,) = alerts_of(store)
    assert alert.severity == "minor"
    return alert


def test_a_situation_that_gets_worse_after_its_verdict_opens_an_alert(store: Store) -> None:
    a, _ = seed_world(store)
    alert, later = warned_of_gas(store, a), AT + timedelta(minutes=1)
    with store.write() as w:
        review.reject(w, alert.id, revision=alert.revision, by=REGULATOR, at=later, reason=RejectReason.false_alarm)
    gas(store, a, percent=60.0, at=later)
    gas(store, a, percent=61.0, at=later + timedelta(seconds=1))
    with store.read() as r:
        queue = alerts.review_queue(r, limit=10)
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
            alerts.alert_for_update(w, alert.id)

            def void() -> None:
                with store.write() as other:
                    act(other, task.id, TaskCommand.void, version=1, by=REGULATOR, at=later, reason="test")

            closing = pool.submit(void)
            with pytest.raises(TimeoutError):
                closing.result(timeout=0.3)
            w.raw.execute("SET LOCAL lock_timeout = '2s'")
            assert raise_severity(w, alert_id=alert.id, severity=Severity.critical, by=SYSTEM.name, at=later)
        with pytest.raises(StaleVersion):
            closing.result(timeout=GENEROUS_S)


def test_an_alert_with_a_verdict_keeps_its_values(store: Store) -> None:
    a, _ = seed_world(store)
    gas(store, a, percent=60.0, at=AT)
    (alert,) = alerts_of(store)
    with store.write() as w:
        judged, _ = review.confirm(w, alert.id, revision=alert.revision, by=REGULATOR, at=AT)
    gas(store, a, percent=26.0, at=AT + timedelta(minutes=2))
    (alert,) = alerts_of(store)
    assert (alert.measured, alert.first_at) == (judged.measured, judged.first_at)
    assert alert.last_at == AT + timedelta(minutes=2)


def test_a_breach_that_goes_on_for_hours_began_when_it_began(store: Store) -> None:
    a, _ = seed_world(store)
    for minute in range(0, 180, 5):
        at = AT + timedelta(minutes=minute)
        store_reading(store, a.fridge, "fridge_temp", 14.0 + minute / 1000, at=at)
        check(store, at=at)
    (alert,) = alerts_of(store)
    assert alert.measured is not None
    assert (alert.first_at, alert.measured["since"], alert.measured["value"]) == (
        AT,
        "2026-09-01T08:00:00.000Z",
        14.175,
    )


def test_a_milder_value_does_not_stand_beside_a_worse_severity(store: Store) -> None:
    a, _ = seed_world(store)
    gas(store, a, percent=60.0, at=AT)
    for second in (20, 40):
        gas(store, a, percent=12.0, at=AT + timedelta(minutes=20, seconds=second))
    (alert,) = alerts_of(store)
    assert alert.measured is not None
    assert (alert.severity, alert.measured["value"], alert.measured["level"]) == ("critical", 60.0, "alarm")
