"""A sensor that reports nonsense is a broken device: a condition, an event, an alert, and well again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.findings.devices import watch_devices
from alerts.findings.series import check_series
from api.console.sites.page import DeviceLine, load_places
from models.catalogue.terms import AlertOrigin
from models.changes.nodes import note_status
from models.domain.alerts import Alert
from models.store import Scope, Store, alerts, conditions, feed, heartbeats, readings, streams
from models.store.readings import ReadingRow
from tests.support.world import TENANT, Kitchen, seed_world

NOON = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    a, _ = seed_world(store)
    with store.write() as w:
        note_status(w, node_id=a.node, online=True, session=1, at=NOON - timedelta(hours=9), firmware=None)
        for role in ("ingest", "vision"):
            heartbeats.role_alive(w, role=role, replica="0", at=NOON - timedelta(hours=9))
        w.raw.execute("UPDATE device SET created_at = %s", [NOON - timedelta(hours=9)])
        w.raw.execute("UPDATE device SET last_frame_at = %s WHERE kind = 'camera'", [NOON + timedelta(days=1)])
    return a


def measured(store: Store, device: str, values: list[float], *, start: datetime, every: timedelta) -> datetime:
    """Values one after another, each judged as it comes; gives when the last one came."""
    at = start
    for number, value in enumerate(values):
        at = start + number * every
        with store.write() as w:
            code = "gas_ch4" if device.startswith("gas") else "fridge_temp"
            readings.store_readings(w, [ReadingRow(device, code, at, 0, at, value, False)])
            w.raw.execute("UPDATE breach_queue SET due_at = %s", [at])
            check_series(w, at=at)
    return at


def look(store: Store, at: datetime) -> list[Alert]:
    with store.write() as w:
        w.raw.execute("UPDATE role_heartbeat SET at = %s", [at])
        watch_devices(w, at=at)
        return alerts.alerts(w, limit=10)


def told(store: Store) -> list[tuple[str, dict[str, Any]]]:
    with store.write() as w:
        feed.sequence(w)
        return [(event.type, event.data) for event in feed.events_after(w, cursor=0, limit=100)]


def shown(api_store: Store, device_id: str, at: datetime) -> DeviceLine:
    with api_store.read(Scope.of_tenant(TENANT)) as r:
        places = load_places(r, after="", now=at)
    return next(line for site in places.sites for line in site.devices if line.id == device_id)


@pytest.mark.parametrize("value", [-3276.8, 85.0, -127.0, 6553.5])
def test_a_dead_probe_raises_an_alert_and_recovers(
    store: Store, api_store: Store, kitchen: Kitchen, value: float
) -> None:
    measured(store, kitchen.gas, [1.0] * 45, start=NOON, every=MINUTE)
    measured(store, kitchen.fridge, [4.0, 4.1], start=NOON - 20 * SECOND, every=10 * SECOND)
    last = measured(store, kitchen.fridge, [value] * 180, start=NOON, every=10 * SECOND)
    line = shown(api_store, kitchen.fridge, last)
    assert (line.online, line.tone, line.wrong) == (False, "", "探头断线或未应答（读数为故障值）")
    alerts = look(store, last)
    assert [(a.device_id, a.code, a.origin) for a in alerts] == [(kitchen.fridge, "sensor_fault", AlertOrigin.device)]
    assert alerts[0].measured is not None
    assert (alerts[0].measured["outage"], alerts[0].first_at) == ("no_probe", NOON)
    # It falls silent, too: still one matter.
    assert len(look(store, last + 20 * MINUTE)) == 1
    back = measured(store, kitchen.fridge, [4.0, 4.1, 4.2, 4.0, 4.1, 4.0], start=last + 20 * MINUTE, every=MINUTE)
    look(store, back)
    line = shown(api_store, kitchen.fridge, back)
    assert (line.online, line.wrong) == (True, "")
    with store.read() as r:
        assert conditions.open_conditions(r, [kitchen.fridge]) == []


def test_the_feed_tells_of_the_fault_and_of_its_end(store: Store, api_store: Store, kitchen: Kitchen) -> None:
    last = measured(store, kitchen.fridge, [4.0, *[-127.0] * 5], start=NOON, every=MINUTE)
    measured(store, kitchen.fridge, [4.0] * 6, start=last + MINUTE, every=MINUTE)
    events = [(kind, data) for kind, data in told(store) if kind.startswith("mingchu.device.")]
    assert [kind for kind, _ in events[:-2]] == ["mingchu.device.online"]
    events = events[-2:]
    assert [kind for kind, _ in events] == ["mingchu.device.fault", "mingchu.device.recovered"]
    fault, recovered = (data for _, data in events)
    assert fault["condition"]["code"] == "sensor_fault"
    assert (fault["condition"]["reason"], fault["condition"]["value"], fault["condition"]["unit"]) == (
        "no_probe",
        -127.0,
        "Cel",
    )
    assert recovered["condition"]["cleared_at"] is not None
    assert recovered["version"] > fault["version"]
    with api_store.read(Scope.of_tenant(TENANT)) as r:
        lines = streams.history(r, device_id=kitchen.fridge, since=NOON, until=NOON + timedelta(days=1), limit=9)
    assert [line.kind for line in lines] == ["recovered", "fault"]


def test_a_value_that_never_changes_is_a_fault_after_six_hours_and_not_when_late_data_differs(
    store: Store, kitchen: Kitchen
) -> None:
    start = NOON - timedelta(hours=8)
    last = measured(store, kitchen.fridge, [4.0] * 72, start=start, every=5 * MINUTE)
    with store.read() as r:
        assert conditions.open_conditions(r, [kitchen.fridge]) == []
    with store.write() as w:  # from the spool
        readings.store_readings(w, [ReadingRow(kitchen.fridge, "fridge_temp", start + MINUTE, 0, last, 4.5, True)])
    last = measured(store, kitchen.fridge, [4.0] * 3, start=last + 5 * MINUTE, every=5 * MINUTE)
    with store.read() as r:
        assert conditions.open_conditions(r, [kitchen.fridge]) == []
    last = measured(store, kitchen.fridge, [4.0] * 74, start=last + 5 * MINUTE, every=5 * MINUTE)
    with store.read() as r:
        found = conditions.open_conditions(r, [kitchen.fridge])
    assert [condition.detail["reason"] for condition in found] == ["stuck"]
    measured(store, kitchen.fridge, [4.1], start=last + 5 * MINUTE, every=MINUTE)
    with store.read() as r:
        assert conditions.open_conditions(r, [kitchen.fridge]) == []


def test_a_gateway_that_repeats_an_old_reading_hides_no_dead_sensor(store: Store, kitchen: Kitchen) -> None:
    measured(store, kitchen.gas, [1.0] * 20, start=NOON, every=MINUTE)
    for minutes in range(18):
        with store.write() as w:
            at = NOON + minutes * MINUTE
            readings.store_readings(w, [ReadingRow(kitchen.fridge, "fridge_temp", NOON, 7, at, 4.0, minutes > 1)])
    alerts = look(store, NOON + 18 * MINUTE)
    assert [(a.device_id, a.code) for a in alerts] == [(kitchen.fridge, "sensor_offline")]


def test_a_sensor_with_unreadable_reports_is_broken_not_silent(store: Store, kitchen: Kitchen) -> None:
    measured(store, kitchen.gas, [1.0] * 20, start=NOON, every=MINUTE)
    measured(store, kitchen.fridge, [4.0], start=NOON, every=MINUTE)
    with store.write() as w:
        readings.refused(w, device_id=kitchen.fridge, at=NOON + 15 * MINUTE, why="SenML v is None")
    alerts = look(store, NOON + 16 * MINUTE)
    assert [(a.device_id, a.code) for a in alerts] == [(kitchen.fridge, "sensor_fault")]
    assert alerts[0].measured is not None
    assert alerts[0].measured["outage"] == "unreadable_report"
    measured(store, kitchen.fridge, [4.0], start=NOON + 17 * MINUTE, every=MINUTE)
    with store.read() as r:
        assert conditions.open_conditions(r, [kitchen.fridge]) == []


def test_a_sensor_that_never_reported_raises_an_alert_while_its_node_is_online(store: Store, kitchen: Kitchen) -> None:
    measured(store, kitchen.gas, [1.0] * 20, start=NOON, every=MINUTE)
    alerts = look(store, NOON + 18 * MINUTE)
    assert [(a.device_id, a.code) for a in alerts] == [(kitchen.fridge, "sensor_offline")]
    assert alerts[0].measured is not None
    assert alerts[0].measured["outage"] == "never_reported"
    measured(store, kitchen.fridge, [4.0], start=NOON + 20 * MINUTE, every=MINUTE)
    look(store, NOON + 20 * MINUTE)
    with store.read() as r:
        assert conditions.open_conditions(r, [kitchen.fridge]) == []
