from datetime import UTC, datetime, timedelta

import pytest

from ingest.intake.storing import claimed_at
from ingest.payloads import status
from ingest.payloads.senml import Reading
from models.base.clock import rfc3339
from models.catalogue.terms import Severity, ViolationState
from models.events.envelope import FeedEvent
from models.store import clips, conditions, devices, feed, heartbeats, quarantine, readings, violations
from tests.support.overrides import override
from tests.support.rig import Rig
from tests.support.waiting import GENEROUS_S, wait_for
from tests.support.world import Kitchen


def now() -> datetime:
    return datetime.now(UTC)


def stored(rig: Rig) -> tuple[int, int]:
    with rig.store.read() as r:
        return readings.count_readings(r)


def reasons(rig: Rig) -> dict[str, int]:
    with rig.store.read() as r:
        return {entry.reason: entry.times for entry in quarantine.quarantined(r, before=None, limit=100)}


def test_readings_are_stored_and_the_node_gets_its_receipt(rig: Rig) -> None:
    a, _ = rig.kitchens
    with rig.node(a) as node:
        wait_for(lambda: node.connected)
        for i in range(50):
            node.readings(a.fridge, [Reading("fridge_temp", now() + timedelta(milliseconds=i), 4.0 + i / 100)])
        assert node.wait_empty(GENEROUS_S)
    assert stored(rig) == (50, 50)


def test_the_same_message_twice_is_stored_once(rig: Rig) -> None:
    a, _ = rig.kitchens
    with rig.node(a) as node:
        wait_for(lambda: node.connected)
        node.readings(a.fridge, [Reading("fridge_temp", now(), 4.0)], copies=5)
        assert node.wait_empty(GENEROUS_S)
        node.readings(a.fridge, [Reading("fridge_temp", now(), 4.1)])
        assert node.wait_empty(GENEROUS_S)
    assert stored(rig) == (2, 2)


def test_missing_numbers_are_counted_on_the_node(rig: Rig) -> None:
    a, _ = rig.kitchens
    with rig.node(a) as node:
        wait_for(lambda: node.connected)
        node.readings(a.fridge, [Reading("fridge_temp", now(), 4.0)])
        assert node.wait_empty(GENEROUS_S)
        node.readings(a.fridge, [Reading("fridge_temp", now(), 4.0)], skip=3)
        assert node.wait_empty(GENEROUS_S)
    with rig.store.read() as r:
        assert devices.nodes(r)[a.node].gaps == 3


def test_birth_and_death_move_the_node_online_and_offline(rig: Rig) -> None:
    a, _ = rig.kitchens

    def online() -> bool:
        with rig.store.read() as r:
            return devices.nodes(r)[a.node].online

    with rig.node(a):
        wait_for(online)
    wait_for(lambda: not online())


def device_events(rig: Rig) -> list[FeedEvent]:
    with rig.store.write() as w:
        feed.sequence(w)
        return [e for e in feed.events_after(w, cursor=0, limit=100) if e.type.startswith("mingchu.device.")]


def test_births_and_deaths_are_announced_with_increasing_versions_and_their_owner(rig: Rig) -> None:
    a, _ = rig.kitchens
    for births in (1, 2):
        with rig.node(a):
            wait_for(lambda births=births: len(device_events(rig)) == 2 * births - 1)  # type: ignore[misc]
        wait_for(lambda births=births: len(device_events(rig)) == 2 * births)  # type: ignore[misc]
    told = device_events(rig)
    assert [event.data["online"] for event in told] == [True, False, True, False]
    assert [event.data["version"] for event in told] == [1, 2, 3, 4]
    assert {event.data["entity"]["credit_code"] for event in told} == {"92330602MA00TEX117"}
    assert {event.late for event in told} == {False}


def test_a_birth_that_arrives_long_after_is_late(rig: Rig) -> None:
    a, _ = rig.kitchens
    with rig.node(a) as node:
        wait_for(lambda: device_events(rig))
        birth = status.render(
            online=True, session=node.session + 1, at=now() - timedelta(hours=5), firmware="x", devices=[]
        )
        node.raw("_", "status", birth)
        wait_for(lambda: len(device_events(rig)) == 2)
        assert [event.late for event in device_events(rig)] == [False, True]


@pytest.mark.parametrize(
    ("online", "ts_s", "expected_s"),
    [(True, -18_000, -18_000), (False, -5, -5), (False, None, 0), (True, None, 0), (False, -3601, 0)],
)
def test_a_last_will_has_the_receive_time(*, online: bool, ts_s: int | None, expected_s: int) -> None:
    at = now()
    ts = None if ts_s is None else at + timedelta(seconds=ts_s)
    heard = status.Status(online, 1, ts, None)
    assert claimed_at(heard, born_at=at - timedelta(hours=1), at=at) == at + timedelta(seconds=expected_s)


@pytest.mark.parametrize("claimed", ["0001-01-01T00:00:00+08:00", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_clock_that_is_years_off_is_ignored(claimed: str) -> None:
    heard = status.Status(True, 1, datetime.fromisoformat(claimed), None)
    assert claimed_at(heard, born_at=None, at=(at := now())) == at


@pytest.mark.parametrize("field", ["time", "start", "end"])
def test_an_event_of_the_year_9999_is_quarantined_alone(rig: Rig, field: str) -> None:
    a, _ = rig.kitchens
    far, at = "9999-12-31T23:59:59Z", rfc3339(now())
    data = {"code": "smoking", "start": far if field == "start" else at, **({"end": far} if field == "end" else {})}
    with rig.node(a) as node:
        wait_for(lambda: node.connected)
        node.event(
            "cam-a",
            {
                "id": "e1",
                "type": "mingchu.violation.opened",
                "time": far if field == "time" else at,
                "data": data,
            },
        )
        node.readings("fridge-a", [Reading("fridge_temp", None, 4.0)])
        assert node.wait_empty(GENEROUS_S)
    with rig.store.read() as r:
        (entry,) = quarantine.quarantined(r, before=None, limit=10)
    assert (entry.reason, "in the future" in entry.detail) == ("bad_payload", True)


def test_a_message_with_an_unexpected_error_is_quarantined_with_its_number(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise OverflowError("date value out of range")

    monkeypatch.setattr("ingest.intake.storing._store_event", stumble)
    a, _ = rig.kitchens
    at = rfc3339(now())
    with rig.node(a) as node:
        wait_for(lambda: node.connected)
        data = {"code": "smoking", "start": at}
        node.event("cam-a", {"id": "e1", "type": "mingchu.violation.opened", "time": at, "data": data})
        node.readings("fridge-a", [Reading("fridge_temp", None, 4.0)])
        assert node.wait_empty(GENEROUS_S)
    with rig.store.read() as r:
        (entry,) = quarantine.quarantined(r, before=None, limit=10)
    assert (entry.reason, entry.detail) == ("not_understood", "OverflowError: date value out of range")


@pytest.mark.parametrize(
    ("send", "reason"),
    [
        (b"{not json", "bad_payload"),
        (b'[{"n":"fridge_temp","u":"Cel","v":NaN}]', "bad_payload"),
        (b'[{"n":"fridge_temp","u":"K","v":277}]', "bad_payload"),
        (b'[{"n":"warp_core","u":"Cel","v":4}]', "bad_payload"),
        (b'[{"n":"gas_ch4","u":"%LEL","v":4}]', "bad_payload"),
        (b'[{"n":"fridge_temp","u":"Cel","v":4,"t":1000000000}]', "bad_payload"),
        (b"[" + b" " * 70_000 + b"]", "bad_payload"),
        (b"\x00\xff\xfe", "bad_payload"),
        (b"[" * 60_000, "bad_payload"),
    ],
)
def test_an_unreadable_message_is_quarantined_alone_with_a_reason(rig: Rig, send: bytes, reason: str) -> None:
    a, _ = rig.kitchens
    with rig.node(a) as node:
        wait_for(lambda: node.connected)
        node.raw(a.fridge, "reading", send)
        node.readings(a.fridge, [Reading("fridge_temp", now(), 4.0)])
        assert node.wait_empty(GENEROUS_S)
    assert wait_for(lambda: reasons(rig)) == {reason: 1}
    assert stored(rig) == (1, 1)


def test_a_sensor_that_reports_no_number_is_recorded_as_refused(rig: Rig) -> None:
    a, b = rig.kitchens
    with rig.node(a) as node:
        wait_for(lambda: node.connected)
        node.raw(a.fridge, "reading", b'[{"n":"fridge_temp","u":"Cel","v":NaN}]')
        node.raw(b.fridge, "reading", b'[{"n":"fridge_temp","u":"Cel","v":NaN}]')
        assert wait_for(lambda: sum(reasons(rig).values()) == 2)
    with rig.store.read() as r:
        refused = {sensor.device_id: sensor.refused_at for sensor in conditions.sensors(r)}
    assert refused[a.fridge] is not None
    assert refused[b.fridge] is None  # not its own device


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("other/site-a/node-a/fridge-a", "wrong_tenant"),
        ("shaoxing/site-b/node-a/fridge-a", "wrong_site"),
        ("shaoxing/site-a/node-a/fridge-b", "wrong_node"),
        ("shaoxing/site-a/node-a/nobody", "unknown_device"),
        ("shaoxing/site-a/node-a/cam-a", "wrong_kind"),
    ],
)
def test_a_message_with_a_wrong_place_is_quarantined(rig: Rig, address: str, reason: str) -> None:
    a, _ = rig.kitchens
    with rig.node(a) as node:
        wait_for(lambda: node.connected)
        node._link.publish(f"mingchu/v1/{address}/reading", b'[{"n":"fridge_temp","u":"Cel","v":4}]', qos=1)
        assert wait_for(lambda: reasons(rig)) == {reason: 1}
    assert stored(rig) == (0, 0)


def test_late_data_is_stored_and_marked(rig: Rig) -> None:
    a, _ = rig.kitchens
    with rig.node(a) as node:
        wait_for(lambda: node.connected)
        node.readings(a.fridge, [Reading("fridge_temp", now() - timedelta(hours=30), 4.0)])
        assert node.wait_empty(GENEROUS_S)
    with rig.store.read() as r:
        rows = r.raw.execute("SELECT late FROM reading").fetchall()
    assert rows == [(True,)]


def test_an_edge_event_becomes_one_violation_however_often_it_is_sent(rig: Rig) -> None:
    a, _ = rig.kitchens
    at = now().isoformat()
    event = (
        '{"specversion":"1.0","id":"e1","source":"/t/shaoxing/s/site-a/d/cam-a","type":"mingchu.violation.opened",'
        f'"time":"{at}","data":{{"code":"smoking","start":"{at}","score":0.9}}}}'
    ).encode()
    with rig.node(a) as node:
        wait_for(lambda: node.connected)
        for _ in range(3):
            node.raw(a.camera, "event", event)
        node.readings(a.fridge, [Reading("fridge_temp", now(), 4.0)])
        assert node.wait_empty(GENEROUS_S)

    def violations() -> list[tuple[str, str]]:
        with rig.store.read() as r:
            return r.raw.execute("SELECT code, state FROM violation").fetchall()

    wait_for(violations)
    assert violations() == [("smoking", "active")]


def test_an_edge_event_gets_the_severity_of_its_camera_and_is_ignored_where_the_check_is_off(rig: Rig) -> None:
    a, b = rig.kitchens
    override(rig.store, "smoking", at=now(), region_code=a.region, severity=Severity.critical)
    override(rig.store, "phone_use", at=now(), device_id=a.camera, watched=False)

    def event(kitchen: Kitchen, code: str) -> bytes:
        at, source = now().isoformat(), f"/t/shaoxing/s/{kitchen.site}/d/{kitchen.camera}"
        return (
            f'{{"specversion":"1.0","id":"e-{code}","source":"{source}","type":"mingchu.violation.opened",'
            f'"time":"{at}","data":{{"code":"{code}","start":"{at}","score":0.9}}}}'
        ).encode()

    for kitchen in (a, b):
        with rig.node(kitchen) as node:
            wait_for(lambda node=node: node.connected)
            for code in ("phone_use", "smoking"):
                node.raw(kitchen.camera, "event", event(kitchen, code))
            node.readings(kitchen.fridge, [Reading("fridge_temp", now(), 4.0)])
            assert node.wait_empty(10)

    def violations() -> list[tuple[str, str, str]]:
        with rig.store.read() as r:
            return r.raw.execute("SELECT device_id, code, severity FROM violation ORDER BY 1, 2").fetchall()

    wait_for(lambda: len(violations()) == 3)
    assert violations() == [
        (a.camera, "smoking", "critical"),
        (b.camera, "phone_use", "minor"),
        (b.camera, "smoking", "major"),
    ]


def test_a_node_ends_its_own_violations_and_its_next_birth_ends_the_rest(rig: Rig) -> None:
    kitchen = rig.kitchens[0]

    def states() -> list[ViolationState]:
        with rig.store.read() as r:
            return [v.state for v in violations.violations(r, limit=10)]

    at = rfc3339(now())
    opened = {"type": "mingchu.violation.opened", "time": at, "data": {"code": "smoking", "start": at}}
    with rig.node(kitchen) as node:
        wait_for(lambda: node.connected)
        node.event(kitchen.camera, {"id": "e1", **opened})
        wait_for(states)
        with rig.store.write() as w:
            assert violations.watched_at_sites(w, [kitchen.site]) == []  # the platform's judge starts
        assert states() == [ViolationState.active]
    with rig.node(kitchen) as node:  # killed, and started again
        wait_for(lambda: states() == [ViolationState.ended])
        node.event(kitchen.camera, {"id": "e2", **opened})
        wait_for(lambda: ViolationState.active in states())
    with rig.store.write() as w:
        feed.sequence(w)
        told = [event for event in feed.events_after(w, cursor=0, limit=50) if event.type == "mingchu.violation.closed"]
    assert len(told) == 1


def test_a_clip_is_requested_for_a_punctual_event_and_not_for_one_older_than_any_ring(rig: Rig) -> None:
    kitchen = rig.kitchens[0]
    with rig.node(kitchen) as node:
        wait_for(lambda: node.connected)
        for age in (timedelta(seconds=5), timedelta(hours=1)):
            at = rfc3339(datetime.now(UTC) - age)
            data = {"code": "smoking" if age < timedelta(minutes=1) else "rodent", "start": at}
            node.event(kitchen.camera, {"id": str(age), "type": "mingchu.violation.opened", "time": at, "data": data})
        assert node.wait_empty(GENEROUS_S)
    with rig.store.read() as r:
        found = {v.code: clips.of_violation(r, v.id) for v in violations.violations(r, limit=10)}
    assert found["smoking"] is not None
    assert found["rodent"] is None


def test_intake_stores_heartbeats(rig: Rig) -> None:
    """Only with heartbeats does a sensor's silence mean anything."""
    began = now()

    def since() -> datetime | None:
        with rig.store.read() as r:
            return heartbeats.working_since(r, role="ingest", heard_from=began - timedelta(seconds=15))

    assert wait_for(since) <= now()


def test_after_silence_a_roles_uninterrupted_work_begins_anew(rig: Rig) -> None:
    start = now() + timedelta(hours=1)
    with rig.store.write() as w:
        for after in (0, 50, 100, 200):
            heartbeats.role_alive(w, role="x", replica="0", at=start + timedelta(seconds=after))
        assert heartbeats.working_since(w, role="x", heard_from=start) == start + timedelta(seconds=200)
        assert heartbeats.working_since(w, role="x", heard_from=start + timedelta(seconds=201)) is None


def test_each_partition_stores_its_own_heartbeats(rig: Rig) -> None:
    """Otherwise another partition would hide one that nobody takes in."""

    def heard() -> list[tuple[str]]:
        with rig.store.read() as r:
            return r.raw.execute("SELECT replica FROM role_heartbeat WHERE role = 'ingest'").fetchall()

    assert wait_for(heard) == [("0of1",)]
