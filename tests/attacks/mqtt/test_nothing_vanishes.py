"""Messages under a wrong topic or in a wrong form are quarantined, where their owner sees them."""

import json
import time
from datetime import UTC, datetime

import pytest

from models.catalogue.terms import DeviceKind
from models.store import devices, quarantine
from tests.attacks.mqtt.conftest import attacker_of, reasons_of
from tests.support.rig import Rig
from tests.support.waiting import wait_for

READING = b'[{"n":"fridge_temp","u":"Cel","v":4}]'


@pytest.mark.parametrize(
    "topic",
    [
        "mingchu/v1/shaoxing/site-a/node-a/fridge-a/reading/",
        "mingchu/v1/shaoxing/site-a/node-a/fridge-a/readings",
        "mingchu/v1/shaoxing/site-a/node-a/fridge-a/Reading",
        "mingchu/v1/shaoxing/site-a/node-a/fridge-a",
        "mingchu/v1/shaoxing/site-a/node-a",
        "mingchu/v1/shaoxing/site-a/node-a/fridge-a/reading/more/levels",
        "mingchu/v2/shaoxing/site-a/node-a/fridge-a/reading",
        "mingchu/V1/shaoxing/site-a/node-a/fridge-a/reading",
        "mingchu/v1/shaoxing/Site-A/node-a/fridge-a/reading",
        "mingchu/v1/shaoxing/site-a/node-a//reading",
        "mingchu/v1/shaoxing/site-a/node-a/cam-a/frames",
        "mingchu/v1/shaoxing/site-a/node-a/cam-a/frame/",
        "mingchu/v1/shaoxing/site-a/node-a/nobody/frame",
        "mingchu/v1/shaoxing/site-a/node-a/fridge-a/frame",
        "mingchu/v1/shaoxing/site-a/node-a/_/cmd/reboot/res",
    ],
)
def test_an_invalid_topic_is_quarantined_with_its_sender(rig: Rig, topic: str) -> None:
    with attacker_of(rig, rig.kitchens[0]) as attacker:
        attacker.publish(topic, READING)
    reasons = reasons_of(rig, wait_for=1)
    assert reasons in (
        {"wrong_topic": 1},
        {"wrong_site": 1},
        {"unknown_device": 1},
        {"wrong_kind": 1},
        {"unexpected_answer": 1},
    )
    with rig.store.read() as r:
        owners = r.raw.execute("SELECT node_id, tenant_id FROM quarantine").fetchall()
    assert owners == [("node-a", "shaoxing")]


def test_intake_ignores_frames_of_registered_cameras(rig: Rig) -> None:
    with attacker_of(rig, rig.kitchens[0]) as attacker:
        for _ in range(5):
            attacker.publish("mingchu/v1/shaoxing/site-a/node-a/cam-a/frame", b"\xff\xd8")
        attacker.publish("mingchu/v1/shaoxing/site-a/node-a/fridge-a/readings", READING)
    assert reasons_of(rig, wait_for=1) == {"wrong_topic": 1}


def series(rig: Rig) -> list[tuple[datetime, float]]:
    with rig.store.read() as r:
        return r.raw.execute("SELECT occurred_at, value FROM reading ORDER BY occurred_at, seq").fetchall()


def publish_reading(rig: Rig, body: object) -> None:
    with attacker_of(rig, rig.kitchens[0]) as attacker:
        attacker.publish("mingchu/v1/shaoxing/site-a/node-a/fridge-a/reading", json.dumps(body).encode())


def test_six_values_of_a_sensor_without_a_clock_are_six_ten_seconds_apart(rig: Rig) -> None:
    records = [{"n": "fridge_temp", "u": "Cel", "t": -50 + 10 * i, "v": 4 + i / 10} for i in range(6)]
    began = datetime.now(UTC)
    publish_reading(rig, [{"session": 1, "seq": 1, **records[0]}, *records[1:]])
    rows = wait_for(lambda: series(rig))
    assert [value for _, value in rows] == [4.0, 4.1, 4.2, 4.3, 4.4, 4.5]
    assert [round((at - rows[0][0]).total_seconds(), 3) for at, _ in rows] == [0, 10, 20, 30, 40, 50]
    assert abs((rows[-1][0] - began).total_seconds()) < 5


@pytest.mark.parametrize(
    "records",
    [
        [{"n": "fridge_temp", "u": "Cel", "v": v} for v in (1, 2, 3)],  # no times at all
        [{"bt": 1_790_000_000.0, "n": "fridge_temp", "u": "Cel", "v": v} for v in (1, 2, 3)],  # one time for all
        [
            {"bt": -30, "bn": "fridge_", "bu": "Cel", "n": "temp", "v": 1},
            {"n": "temp", "t": 0, "v": 2},
            {"n": "temp", "t": 1, "v": 3},
        ],
    ],
)
def test_values_of_the_same_moment_are_all_stored(rig: Rig, records: list[dict[str, object]]) -> None:
    at = datetime.now(UTC).timestamp()
    if records[0].get("bt", 0) == 1_790_000_000.0:
        records = [{**record, "bt": at} for record in records]
    publish_reading(rig, records)
    assert [value for _, value in wait_for(lambda: series(rig))] == [1, 2, 3]


def test_an_unnumbered_senders_two_values_of_one_second_are_stored_and_a_repetition_is_not(rig: Rig) -> None:
    at = int(datetime.now(UTC).timestamp())
    for value in (4.0, 4.1, 4.0):
        publish_reading(rig, [{"n": "fridge_temp", "u": "Cel", "t": at, "v": value}])
    publish_reading(rig, [{"n": "fridge_temp", "u": "Cel", "v": 9}])  # it has arrived, so the others have, too
    wait_for(lambda: any(value == 9 for _, value in series(rig)))
    assert sorted(value for _, value in series(rig)) == [4.0, 4.1, 9.0]


@pytest.mark.parametrize(
    "strange",
    [
        {"n": "battery", "u": "%EL", "v": 80},
        {"n": "urn:dev:ow:10e2073a01080063", "u": "Cel", "v": 23.1},
        {"n": "gas_ch4", "u": "%LEL", "v": 1},
        {"n": "fridge_temp", "u": "K", "v": 277},
        {"n": "fridge_temp", "u": "Cel", "vs": "warm"},
        {"n": "fridge_temp", "u": "Cel", "v": 4, "t": 1_000_000_000},
        "text",
        None,
    ],
)
def test_an_invalid_record_does_not_affect_the_other_records(rig: Rig, strange: object) -> None:
    good = {"n": "fridge_temp", "u": "Cel", "v": 4}
    publish_reading(rig, [good, strange, {**good, "v": 5, "t": 1}])
    assert [value for _, value in wait_for(lambda: series(rig))] == [4, 5]
    with rig.store.read() as r:
        (entry,) = quarantine.quarantined(r, before=None, limit=10)
    assert entry.reason == "bad_record"
    assert entry.detail.startswith("1 of its records were refused, the others stored: ")


@pytest.mark.parametrize("name", ["urn:dev:mac:0024befffe804ff1:fridge_temp", "kitchen/one/fridge_temp"])
def test_a_name_may_have_the_device_before_the_code(rig: Rig, name: str) -> None:
    base, _, last = name.rpartition("f")
    publish_reading(rig, [{"bn": base, "n": "f" + last, "u": "Cel", "v": 4}])
    assert [value for _, value in wait_for(lambda: series(rig))] == [4]


def test_a_device_that_is_registered_late_is_known_by_its_next_frame(rig: Rig) -> None:
    with attacker_of(rig, rig.kitchens[0]) as attacker:
        attacker.publish("mingchu/v1/shaoxing/site-a/node-a/cam-late/frame", b"\xff\xd8")
        assert reasons_of(rig, wait_for=1) == {"unknown_device": 1}
        with rig.store.write() as w:
            devices.add_device(
                w, device_id="cam-late", node_id="node-a", kind=DeviceKind.camera, zone="cooking", name="x"
            )
        time.sleep(1.1)  # unknown ids refresh the cached registry at most once a second
        attacker.publish("mingchu/v1/shaoxing/site-a/node-a/fridge-a/reading", READING)
        wait_for(lambda: series(rig))
        attacker.publish("mingchu/v1/shaoxing/site-a/node-a/cam-late/frame", b"\xff\xd8 again")
        attacker.publish("mingchu/v1/shaoxing/site-a/node-a/fridge-a/readings", READING)
    assert reasons_of(rig, wait_for=2) == {"unknown_device": 1, "wrong_topic": 1}
