"""Messages made to stop the intake: all other messages must still be stored."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from ingest.payloads.senml import Reading
from models.base.clock import rfc3339
from models.base.jsonio import dumps
from models.store import devices, quarantine, readings
from models.store.connect import Write
from tests.attacks.mqtt.conftest import attacker_of, reasons_of
from tests.support.rig import Rig
from tests.support.waiting import GENEROUS_S, wait_for

BIGGEST = 2**53 - 1


def others_are_stored(rig: Rig) -> None:
    """Check that a neighbour's reading is stored and acknowledged."""
    b = rig.kitchens[1]
    with rig.node(b) as node:
        wait_for(lambda: node.connected)
        node.readings(b.fridge, [Reading("fridge_temp", datetime.now(UTC), 4.0)])
        assert node.wait_empty(GENEROUS_S)


def topic(rig: Rig, kind: str, device: str = "fridge-a") -> str:
    return f"mingchu/v1/shaoxing/{rig.kitchens[0].site}/node-a/{device}/{kind}"


def reading(**fields: object) -> bytes:
    return json.dumps([{"n": "fridge_temp", "u": "Cel", "v": 4.0, **fields}]).encode()


def test_huge_sessions_and_sequence_numbers_do_no_harm(rig: Rig) -> None:
    with attacker_of(rig, rig.kitchens[0]) as attacker:
        for session in range(10, 1110):
            attacker.client.publish(topic(rig, "reading"), reading(session=session, seq=1, t=-1), qos=1)
            attacker.client.publish(topic(rig, "reading"), reading(session=session, seq=BIGGEST, t=-2), qos=1)
        others_are_stored(rig)

    def gaps() -> int:
        with rig.store.read() as r:
            return devices.nodes(r)["node-a"].gaps

    assert 0 < wait_for(gaps) <= BIGGEST


def test_the_count_of_gaps_stays_at_its_maximum(rig: Rig) -> None:
    with rig.store.write() as w:
        w.raw.execute("UPDATE node SET gaps = 9223372036854775807")
        w.raw.execute("INSERT INTO node_stream VALUES ('node-a', 'reading', 1, 1, 9223372036854775807, now())")
    with attacker_of(rig, rig.kitchens[0]) as attacker:
        attacker.publish(topic(rig, "reading"), reading(session=1, seq=BIGGEST))
        others_are_stored(rig)


@pytest.mark.parametrize(
    "payload",
    [
        b'[{"bv":1.7e308,"n":"fridge_temp","u":"Cel","v":1.7e308}]',
        b'[{"n":"fridge_temp","u":"Cel","v":' + b"9" * 400 + b"}]",
        b'[{"n":"fridge_temp","u":"Cel","v":1e300}]',
        b'[{"bt":1e300,"n":"fridge_temp","u":"Cel","v":4}]',
        b'[{"n":"fridge_temp","u":"Cel","v":4,"t":-268435455.9}]',
        b'[{"n":"fridge_temp","u":{"a":"\\u0000"},"v":4}]',
        b'[{"bn":"\\ud800","n":"x","v":4}]',
    ],
)
def test_values_that_no_column_can_store_are_quarantined(rig: Rig, payload: bytes) -> None:
    with attacker_of(rig, rig.kitchens[0]) as attacker:
        attacker.publish(topic(rig, "reading"), payload)
        others_are_stored(rig)
    assert sum(reasons_of(rig, wait_for=1).values()) == 1
    with rig.store.read() as r:
        assert readings.count_readings(r) == (1, 1)


def event(rig: Rig, *, violation_id: str | None = None, **data: object) -> bytes:
    at = rfc3339(datetime.now(UTC))
    body = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": f"/t/shaoxing/s/{rig.kitchens[0].site}/d/cam-a",
        "type": "mingchu.violation.opened",
        "time": at,
        "data": {"code": "smoking", "start": at, **({"violation_id": violation_id} if violation_id else {}), **data},
    }
    return dumps(body).encode()


@pytest.mark.parametrize(
    ("data", "taken"),
    [
        ({"model": {"name": "a\x00b"}}, True),  # stored with U+FFFD
        ({"boxes": [{"name": "\x00", "score": 1, "x": 0, "y": 0, "w": 1, "h": 1}]}, True),
        ({"model": {"big": 10**400}}, False),
        ({"model": {str(i): "x" * 400 for i in range(100)}}, False),
        ({"rule": {"a": {"b": {"c": {"d": {"e": 1}}}}}}, False),
        ({"rule": {"text": "x" * 60_000}}, False),
    ],
)
def test_oversized_descriptions_do_not_enter_the_feed(rig: Rig, data: dict[str, object], *, taken: bool) -> None:
    with attacker_of(rig, rig.kitchens[0]) as attacker:
        attacker.publish(topic(rig, "event", "cam-a"), event(rig, **data))
        others_are_stored(rig)
    with rig.store.read() as r:
        opened = r.raw.execute("SELECT count(*) FROM violation").fetchall()
    assert (opened, reasons_of(rig)) == ([(1,)], {}) if taken else ([(0,)], {"bad_payload": 1})


def test_a_message_that_the_database_refuses_does_not_affect_its_batch(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every statement for one device fails here, both in the batch and in the quarantine."""
    keep = readings.store_readings

    def refuse(w: Write, rows: list[readings.ReadingRow]) -> int:
        if any(row.value == 6.66 for row in rows):
            w.raw.execute("SELECT 1/0")
        return keep(w, rows)

    monkeypatch.setattr(readings, "store_readings", refuse)
    with attacker_of(rig, rig.kitchens[0]) as attacker:
        for i in range(300):
            attacker.client.publish(topic(rig, "reading"), reading(v=6.66 if i == 150 else 4.0, seq=i + 1), qos=1)
        others_are_stored(rig)

    def stored() -> bool:
        with rig.store.read() as r:
            return readings.count_readings(r) == (300, 300)

    wait_for(stored)
    assert reasons_of(rig) == {"store_refused": 1}


def test_any_content_can_be_quarantined(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the content can't be stored, the message is quarantined by its hash only."""
    keep = quarantine.quarantine

    def refuse(w: Write, *, payload: bytes, **more: object) -> None:
        if payload:
            w.raw.execute("SELECT 1/0")
        keep(w, payload=payload, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(quarantine, "quarantine", refuse)
    with attacker_of(rig, rig.kitchens[0]) as attacker:
        attacker.publish(topic(rig, "reading"), b"garbage")
        others_are_stored(rig)
    with rig.store.read() as r:
        (entry,) = quarantine.quarantined(r, before=None, limit=10)
    assert "message with sha256" in entry.detail


@pytest.mark.parametrize("session", [BIGGEST, 4_000_000_000, 4_000_000_000_000, 4_000_000_000_000_000])
def test_a_birth_of_the_future_is_refused_and_the_node_stays_reachable(rig: Rig, session: int) -> None:
    a = rig.kitchens[0]
    with attacker_of(rig, a) as attacker:
        attacker.publish(topic(rig, "status", "_"), dumps({"online": True, "session": session}).encode(), retain=True)
        assert "bad_payload" in reasons_of(rig, wait_for=1)
        attacker.publish(topic(rig, "status", "_"), b"", retain=True)

    def online() -> bool:
        with rig.store.read() as r:
            return devices.nodes(r)["node-a"].online

    with rig.node(a):
        assert wait_for(online)
