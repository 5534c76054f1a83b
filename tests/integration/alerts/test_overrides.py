"""What an override changes: the next reading's limits, the next task's deadline, silence, and being found at all."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.catalogue.overriding import MOST_LIVING
from alerts.findings.devices import LOOK_AGAIN, watch_devices
from alerts.findings.series import check_series
from alerts.hazards.review import confirm
from models.base.errors import Conflict, Invalid, LawDemands, NotAllowed, NotFound
from models.catalogue.codes import SENSORS_VERSION
from models.catalogue.terms import AlertOrigin, Role, Severity
from models.changes.nodes import note_status
from models.domain.access import Actor
from models.domain.alerts import Alert
from models.evidence.files import EvidenceFiles
from models.store import Scope, Store, alerts, catalogue, conditions, heartbeats, readings
from models.store.readings import ReadingRow
from tests.support.overrides import end_it, override, rows
from tests.support.people import raise_alert
from tests.support.world import TENANT, Kitchen, seed_world

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REGULATOR = Actor(name="regulator-a", role=Role.regulator)


@pytest.fixture
def both(store: Store) -> tuple[Kitchen, Kitchen]:
    return seed_world(store)


def gas(store: Store, device: str, value: float, *, at: datetime) -> list[Alert]:
    """A gas reading and its judgement; the alerts of that device."""
    with store.write() as w:
        readings.store_readings(w, [ReadingRow(device, "gas_ch4", at, 0, at, value, False)])
        w.raw.execute("UPDATE breach_queue SET due_at = %s", [at])
        check_series(w, at=at)
        return [alert for alert in alerts.alerts(w, limit=100) if alert.device_id == device]


def test_a_limit_holds_for_the_next_reading_and_ending_it_restores_the_catalogue(
    store: Store, both: tuple[Kitchen, Kitchen]
) -> None:
    a, b = both
    lower = override(store, "gas_ch4", at=AT, device_id=a.gas, limits={"alarm": 15.0})
    assert gas(store, b.gas, 20.0, at=AT) == [], "another kitchen keeps the catalogue's 25"
    (alert,) = gas(store, a.gas, 20.0, at=AT)
    assert alert.severity is Severity.critical
    assert alert.measured is not None
    assert alert.measured["threshold"] == 15
    assert alert.catalogue == {
        "version": SENSORS_VERSION,
        "overrides": [{"id": str(lower.id), "level": "device", "values": ["limits.alarm"]}],
    }
    later = AT + timedelta(days=1)
    with store.write() as w:
        w.raw.execute("UPDATE alert SET closed_at = %s", [AT])
    end_it(store, lower, at=later)
    assert len(gas(store, a.gas, 20.0, at=later + MINUTE)) == 1, "20 %LEL for a moment is no alarm any more"


def test_a_code_that_is_switched_off_has_no_findings(store: Store, both: tuple[Kitchen, Kitchen]) -> None:
    a, b = both
    override(store, "gas_ch4", at=AT, region_code=a.region, watched=False)
    assert gas(store, a.gas, 60.0, at=AT) == []
    assert len(gas(store, b.gas, 60.0, at=AT)) == 1, "the other region is not reached"


def test_a_severity_holds_for_the_next_breach(store: Store, both: tuple[Kitchen, Kitchen]) -> None:
    a, _ = both
    override(store, "gas_ch4", at=AT, entity_id=a.entity, severity=Severity.major)
    (alert,) = gas(store, a.gas, 60.0, at=AT)
    assert alert.severity is Severity.major


def test_a_plausible_range_decides_what_is_a_fault_of_the_sensor(store: Store, both: tuple[Kitchen, Kitchen]) -> None:
    a, _ = both
    override(store, "gas_ch4", at=AT, device_id=a.gas, plausible=(0.0, 50.0))
    assert gas(store, a.gas, 60.0, at=AT) == [], "60 %LEL can't be true any more, so it is no breach"
    (alert,) = gas(store, a.gas, 40.0, at=AT + MINUTE)
    assert alert.code == "gas_ch4"


def test_a_deadline_holds_for_the_next_task(store: Store, both: tuple[Kitchen, Kitchen], files: EvidenceFiles) -> None:
    a, b = both
    shorter = override(store, "no_chef_hat", at=AT, region_code="330602", deadline=timedelta(hours=2))

    def due(kitchen: Kitchen, *, at: datetime) -> tuple[timedelta, object]:
        alert = raise_alert(store, files, kitchen, at=at)
        with store.write() as w:
            _, task = confirm(w, alert.id, revision=alert.revision, by=REGULATOR, at=at)
            w.raw.execute("UPDATE alert SET closed_at = %s", [at])
        return task.due_span, (task.catalogue or {}).get("overrides")

    remembered = [{"id": str(shorter.id), "level": "region", "values": ["deadline"]}]
    assert due(a, at=AT) == (timedelta(hours=2), remembered)
    assert due(b, at=AT) == (timedelta(hours=24), None)
    end_it(store, shorter, at=AT + MINUTE)
    assert due(a, at=AT + timedelta(hours=1)) == (timedelta(hours=24), None)


@pytest.fixture
def files(tmp_path: Path) -> EvidenceFiles:
    return EvidenceFiles(tmp_path / "evidence")


def listening(store: Store, kitchen: Kitchen) -> None:
    with store.write() as w:
        note_status(w, node_id=kitchen.node, online=True, session=1, at=AT - timedelta(hours=2), firmware=None)
        for role in ("ingest", "vision"):
            heartbeats.role_alive(w, role=role, replica="0", at=AT - timedelta(hours=2))
        rows = [ReadingRow(kitchen.fridge, "fridge_temp", AT, 0, AT, 4.0, False)]
        rows += [ReadingRow(kitchen.gas, "gas_ch4", AT, 0, AT, 1.0, False)]
        readings.store_readings(w, rows)


def watch(store: Store, at: datetime) -> dict[str, Alert]:
    with store.write() as w:
        w.raw.execute("UPDATE role_heartbeat SET at = %s", [at])
        watch_devices(w, at=at)
        found = [alert for alert in alerts.alerts(w, limit=50) if alert.origin is AlertOrigin.device]
    return {alert.device_id: alert for alert in found}


def test_a_report_period_decides_when_a_sensor_is_away(store: Store, both: tuple[Kitchen, Kitchen]) -> None:
    a, _ = both
    listening(store, a)
    override(store, "fridge_temp", at=AT, entity_id=a.entity, report_every=timedelta(hours=1))
    watch(store, AT + timedelta(hours=2))
    with store.read() as r:
        away = {one.device_id for one in conditions.open_conditions(r)}
    assert a.fridge not in away
    assert a.gas in away
    assert a.fridge in watch(store, AT + timedelta(hours=3, minutes=11))


def test_silence_that_is_not_watched_raises_no_alert_until_the_override_ends(
    store: Store, both: tuple[Kitchen, Kitchen]
) -> None:
    a, _ = both
    listening(store, a)
    quiet = override(store, "sensor_offline", at=AT, device_id=a.gas, watched=False)
    raised = override(store, "sensor_offline", at=AT, device_id=a.fridge, severity=Severity.critical)
    found = watch(store, AT + timedelta(minutes=30))
    assert found.keys() == {a.fridge}
    assert found[a.fridge].severity is Severity.critical
    assert found[a.fridge].catalogue is not None
    assert [one["id"] for one in found[a.fridge].catalogue["overrides"]] == [str(raised.id)]
    end_it(store, quiet, at=AT + timedelta(minutes=31))
    assert watch(store, AT + timedelta(minutes=31) + LOOK_AGAIN).keys() == {a.fridge, a.gas}


def test_every_step_is_in_the_history_with_the_values_before_and_after(
    store: Store, both: tuple[Kitchen, Kitchen]
) -> None:
    a, _ = both
    wide = override(store, "fridge_temp", at=AT, limits={"warn": 7.0})
    own = override(store, "fridge_temp", at=AT + MINUTE, device_id=a.fridge, limits={"warn": 5.0}, by=REGULATOR)
    end_it(store, own, at=AT + 2 * MINUTE)
    with store.read() as r:
        lines = catalogue.history(r, code="fridge_temp", limit=10)
    assert [(line.action, line.actor, line.before, line.after) for line in reversed(lines)] == [
        ("begin", "admin", {"limits.warn": 8.0}, {"limits.warn": 7.0}),
        ("begin", "regulator-a", {"limits.warn": 7.0}, {"limits.warn": 5.0}),
        ("end", "admin", {"limits.warn": 5.0}, {"limits.warn": 7.0}),
    ]
    assert {line.override_id for line in lines} == {wide.id, own.id}


def test_nobody_can_change_the_history(store: Store, api_store: Store, both: tuple[Kitchen, Kitchen]) -> None:
    a, _ = both
    override(store, "phone_use", at=AT, device_id=a.camera, watched=False)
    for statement in (
        "UPDATE code_override_log SET reason = 'x'",
        "DELETE FROM code_override_log",
        "DELETE FROM code_override",
        "UPDATE code_override SET changes = '{\"watched\": true}'",
        "UPDATE code_override SET reason = 'x'",
    ):
        for opened, scope in ((store, None), (api_store, Scope.of_tenant(TENANT))):
            with pytest.raises(Exception, match="permission denied"), opened.write(scope) as w:
                w.raw.execute(statement.encode())


def test_a_place_holds_a_bounded_number_of_overrides(store: Store, both: tuple[Kitchen, Kitchen]) -> None:
    a, _ = both
    for number in range(MOST_LIVING):
        override(store, "phone_use", at=AT, device_id=a.camera, deadline=timedelta(hours=number + 1))
    with pytest.raises(Conflict, match="end one first"):
        override(store, "phone_use", at=AT, device_id=a.camera, watched=False)


def test_an_override_that_can_not_work_is_refused(store: Store, both: tuple[Kitchen, Kitchen]) -> None:
    a, _ = both
    with pytest.raises(Invalid, match="it never reports"):
        override(store, "gas_ch4", at=AT, device_id=a.fridge, watched=False)
    with pytest.raises(Invalid, match="is a camera"):
        override(store, "sensor_fault", at=AT, device_id=a.camera, watched=False)
    with pytest.raises(Invalid, match="now or later"):
        override(store, "phone_use", at=AT, watched=False, valid_from=AT - timedelta(days=1))
    with pytest.raises(Invalid, match="five years"):
        override(store, "phone_use", at=AT, watched=False, valid_until=AT + timedelta(days=9999))
    with pytest.raises(Invalid, match="after now and after from"):
        override(store, "phone_use", at=AT, watched=False, valid_until=AT)
    with pytest.raises(NotFound):
        override(store, "phone_use", at=AT, device_id="nowhere", watched=False)
    with pytest.raises(LawDemands, match="administrator"):
        override(store, "rodent", at=AT, device_id=a.camera, watched=False, by=REGULATOR)
    with pytest.raises(NotAllowed, match="this needs one of the roles"):
        override(store, "phone_use", at=AT, watched=False, by=Actor(name="e", role=Role.enterprise))
    with pytest.raises(NotAllowed, match="outside 330603"):
        override(store, "phone_use", at=AT, region_code="330602", watched=False, by=REGULATOR, within="330603")
    with pytest.raises(NotAllowed, match="whole tenant"):
        override(store, "phone_use", at=AT, watched=False, by=REGULATOR, within="330602")
    assert rows(store, "SELECT count(*) FROM code_override") == [(0,)]


def test_a_batch_of_series_loads_its_overrides_with_one_query(
    store: Store, both: tuple[Kitchen, Kitchen], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    real = catalogue.overrides_at

    def counted(*args: object, **more: object) -> object:
        asked.append(args)
        return real(*args, **more)  # type: ignore[arg-type] # passed on as they came

    monkeypatch.setattr(catalogue, "overrides_at", counted)
    with store.write() as w:
        for kitchen in both:
            for device, code in ((kitchen.gas, "gas_ch4"), (kitchen.fridge, "fridge_temp")):
                readings.store_readings(w, [ReadingRow(device, code, AT, 0, AT, 60.0, False)])
        w.raw.execute("UPDATE breach_queue SET due_at = %s", [AT])
        assert check_series(w, at=AT) == 4
    assert len(asked) == 1
