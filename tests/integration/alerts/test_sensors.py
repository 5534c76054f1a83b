"""A sensor that has gone silent becomes an alert, with its node where that is the cause; the console says so."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts.findings.devices import watch_devices
from alerts.hazards.review import confirm
from alerts.registry.supervision import set_report_period
from api.console.sites.page import DeviceLine, load_places
from models.base.errors import NotFound
from models.catalogue.terms import AlertOrigin, DeviceKind, Role, Severity
from models.changes.nodes import note_status
from models.domain.access import Actor
from models.domain.alerts import Alert
from models.store import Scope, Store, alerts, conditions, devices, heartbeats, readings, streams
from models.store.readings import ReadingRow
from tests.support.world import TENANT, Kitchen, seed_world

NOON = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
MINUTE = timedelta(minutes=1)
CITY = Actor(name="city", role=Role.regulator)


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    a, _ = seed_world(store)
    with store.write() as w:
        note_status(w, node_id=a.node, online=True, session=1, at=NOON - timedelta(hours=2), firmware=None)
    alive(store, NOON - timedelta(hours=2))
    return a


def alive(store: Store, at: datetime) -> None:
    with store.write() as w:
        for role in ("ingest", "vision"):
            heartbeats.role_alive(w, role=role, replica="0", at=at)


def until(store: Store, at: datetime) -> None:
    """The roles have worked on all the time up to a moment."""
    with store.write() as w:
        w.raw.execute("UPDATE role_heartbeat SET at = %s", [at])


def heard(store: Store, kitchen: Kitchen, at: datetime, value: float = 4.0) -> None:
    with store.write() as w:
        rows = [
            ReadingRow(kitchen.fridge, "fridge_temp", at, 0, at, value, False),
            ReadingRow(kitchen.gas, "gas_ch4", at, 0, at, 1.0, False),
        ]
        readings.store_readings(w, rows)


def look(store: Store, at: datetime) -> list[Alert]:
    until(store, at)
    with store.write() as w:
        watch_devices(w, at=at)
        return [a for a in alerts.alerts(w, limit=10) if a.origin is AlertOrigin.device]


def shown(api_store: Store, device_id: str, at: datetime) -> DeviceLine:
    with api_store.read(Scope.of_tenant(TENANT)) as r:
        places = load_places(r, after="", now=at)
    return next(line for site in places.sites for line in site.devices if line.id == device_id)


def test_a_silent_sensor_raises_an_alert_and_recovers_when_it_reports(store: Store, kitchen: Kitchen) -> None:
    heard(store, kitchen, NOON)
    assert look(store, NOON + 2 * MINUTE) == []
    for minutes in range(1, 17):
        with store.write() as w:  # the gas sensor goes on
            at = NOON + minutes * MINUTE
            readings.store_readings(w, [ReadingRow(kitchen.gas, "gas_ch4", at, 0, at, 1.0, False)])
    alerts = look(store, NOON + 16 * MINUTE)
    assert [(a.device_id, a.code, a.severity) for a in alerts] == [(kitchen.fridge, "sensor_offline", "minor")]
    assert alerts[0].measured is not None
    assert alerts[0].measured["outage"] == "no_readings"
    assert len(look(store, NOON + 16 * MINUTE + timedelta(seconds=15))) == 1
    heard(store, kitchen, NOON + 17 * MINUTE)
    look(store, NOON + 17 * MINUTE)
    with store.read() as r:
        assert conditions.open_conditions(r) == []


def test_an_unmeasured_cold_chain_becomes_major(store: Store, kitchen: Kitchen) -> None:
    heard(store, kitchen, NOON)
    look(store, NOON + 20 * MINUTE)
    later = NOON + timedelta(hours=4, minutes=1)
    for _ in range(2):
        alerts = {a.device_id: a for a in look(store, later)}
        assert alerts[kitchen.fridge].severity is Severity.major
        assert alerts[kitchen.gas].severity is Severity.minor
        assert alerts[kitchen.fridge].occurrences == 1
        later += timedelta(hours=1)


def test_a_verdict_is_not_asked_for_again_because_silence_lasts(store: Store, kitchen: Kitchen) -> None:
    heard(store, kitchen, NOON)
    told = look(store, NOON + 20 * MINUTE)
    with store.write() as w:
        for alert in told:
            confirm(w, alert.id, revision=alert.revision, by=CITY, at=NOON + 30 * MINUTE)
    assert len(look(store, NOON + timedelta(hours=5))) == len(told) == 2


def test_a_dead_node_is_one_alert_for_cameras_and_sensors(store: Store, kitchen: Kitchen) -> None:
    heard(store, kitchen, NOON)
    with store.write() as w:
        conditions.frames_seen(w, {kitchen.camera: NOON})
        note_status(w, node_id=kitchen.node, online=False, session=1, at=NOON, firmware=None)
    alerts = look(store, NOON + 30 * MINUTE)
    assert [a.code for a in alerts] == ["camera_offline"]
    assert alerts[0].measured is not None
    assert alerts[0].measured["devices"] == sorted([kitchen.camera, kitchen.fridge, kitchen.gas])


def test_a_device_that_joins_a_known_cause_opens_no_second_alert(store: Store, kitchen: Kitchen) -> None:
    heard(store, kitchen, NOON)
    with store.write() as w:
        devices.add_device(
            w,
            device_id="door-a",
            node_id=kitchen.node,
            kind=DeviceKind.sensor,
            zone="storage",
            name="门",
            sensor_code="door",
        )
        note_status(w, node_id=kitchen.node, online=False, session=1, at=NOON, firmware=None)
    assert len(look(store, NOON + 11 * MINUTE)) == 1
    with store.write() as w:  # what was in the spool comes late
        late = NOON - MINUTE
        readings.store_readings(w, [ReadingRow("door-a", "door", late, 0, NOON + 12 * MINUTE, 0.0, True)])
    assert len(look(store, NOON + 13 * MINUTE)) == 1


def test_no_sensor_is_away_while_the_platform_does_not_listen(store: Store, kitchen: Kitchen) -> None:
    heard(store, kitchen, NOON)
    with store.write() as w:
        watch_devices(w, at=NOON + timedelta(hours=1))  # intake was last heard before noon
        assert conditions.open_conditions(w) == []
    alive(store, NOON + timedelta(hours=1))
    assert look(store, NOON + timedelta(hours=1, minutes=2)) == []


def test_the_console_shows_a_silent_sensor_as_away_and_its_value_without_a_tone(
    store: Store, api_store: Store, kitchen: Kitchen
) -> None:
    heard(store, kitchen, NOON)
    look(store, NOON + MINUTE)
    line = shown(api_store, kitchen.fridge, NOON + MINUTE)
    assert (line.online, line.tone, line.wrong, line.value_at, line.seen) == (True, "good", "", "1 分钟前", "1 分钟前")
    look(store, NOON + 16 * MINUTE)
    with store.write() as w:  # its node talks on
        streams.node_heard(w, node_id=kitchen.node, at=NOON + 16 * MINUTE, gaps=0, skew_s=None)
    line = shown(api_store, kitchen.fridge, NOON + 16 * MINUTE)
    assert (line.online, line.tone, line.wrong) == (False, "", "没有收到读数")
    assert (line.value, line.value_at, line.seen) == ("4 ℃", "自 09-01 12:00 起无读数", "16 分钟前")


def test_a_sensor_that_never_spoke_is_not_shown_as_well(api_store: Store, kitchen: Kitchen) -> None:
    assert shown(api_store, kitchen.fridge, NOON).wrong == "尚无读数"


def test_a_sensor_that_reports_more_rarely_than_its_kind_is_given_its_time(store: Store, kitchen: Kitchen) -> None:
    heard(store, kitchen, NOON)
    with store.write() as w:
        for device_id in (kitchen.fridge, kitchen.gas):
            set_report_period(w, device_id, every_s=1800, by=CITY, at=NOON)
        with pytest.raises(NotFound):
            set_report_period(w, kitchen.camera, every_s=1800, by=CITY, at=NOON)
    assert look(store, NOON + 90 * MINUTE) == []
    assert {alert.device_id for alert in look(store, NOON + 91 * MINUTE)} == {kitchen.fridge, kitchen.gas}
