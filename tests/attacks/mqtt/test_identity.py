"""A node can't act as a role, as another node, or as the owner of another node's things."""

import threading
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from ingest.mqtt import Login, MqttLink
from ingest.payloads.edge_event import EdgeEvent
from ingest.payloads.senml import Reading
from models.base.clock import rfc3339
from models.base.ids import uuid7
from models.base.jsonio import dumps
from models.catalogue.terms import ClipState, ViolationState
from models.store import clips, devices, readings, violations
from models.store.clips import DueClip
from tests.attacks.mqtt.conftest import attacker_of, reasons_of
from tests.support.rig import PLATFORM, SECRET, Rig
from tests.support.waiting import GENEROUS_S, wait_for
from tests.support.world import Kitchen


@pytest.mark.parametrize("client_id", [f"{PLATFORM}-test", "node-b", "mingchu-vision-0"])
def test_another_users_client_id_takes_over_no_connection(mosquitto_rig: Rig, client_id: str) -> None:
    rig = mosquitto_rig
    a, b = rig.kitchens
    with rig.node(b) as node:
        wait_for(lambda: node.connected)
        with attacker_of(rig, a, client_id=client_id):
            for i in range(50):
                node.readings(b.fridge, [Reading("fridge_temp", datetime.now(UTC), 4.0 + i / 100)])
            assert node.wait_empty(GENEROUS_S)
    with rig.store.read() as r:
        assert readings.count_readings(r) == (50, 50)
        assert devices.nodes(r)[b.node].session > 0


def test_a_second_connection_with_the_same_credentials_replaces_the_first_which_is_notified(mosquitto_rig: Rig) -> None:
    a = mosquitto_rig.kitchens[0]
    with MqttLink(mosquitto_rig.login(a)) as first:
        assert first.connected.wait(GENEROUS_S)
        with attacker_of(mosquitto_rig, a):
            wait_for(lambda: first.takeovers)


def test_a_role_whose_client_id_is_in_use_reports_it(mosquitto_rig: Rig) -> None:
    login = Login(url=mosquitto_rig.roles_url, client_id="role-7", username=PLATFORM, password=SECRET)
    with MqttLink(login) as first:
        assert first.connected.wait(GENEROUS_S)
        with MqttLink(login) as second:
            wait_for(lambda: first.takeovers + second.takeovers)


def test_a_nodes_secret_is_refused_at_the_listener_of_the_roles(mosquitto_rig: Rig) -> None:
    login = Login(url=mosquitto_rig.roles_url, client_id="x", username="node-a", password=SECRET)
    with MqttLink(login) as link:
        wait_for(lambda: link.refusals)
        assert not link.connected.is_set()


def opened_by(rig: Rig, kitchen: Kitchen, *, violation_id: UUID | None = None) -> UUID:
    """A violation that a node has opened on its camera, by the node's id of it."""
    violation_id = violation_id or uuid7()
    at = rfc3339(datetime.now(UTC))
    data = {"code": "smoking", "start": at, "violation_id": str(violation_id)}
    with rig.node(kitchen) as node:
        wait_for(lambda: node.connected)
        node.event(kitchen.camera, {"id": str(uuid4()), "type": "mingchu.violation.opened", "time": at, "data": data})
        assert node.wait_empty(GENEROUS_S)
    return violation_id


def stored(kitchen: Kitchen, violation_id: UUID, device: str | None = None) -> UUID:
    """The id under which the platform stores a violation of a node."""
    return EdgeEvent.model_validate(event_of(kitchen, "opened", violation_id, device)).violation_id


def state_of(rig: Rig, violation_id: UUID) -> ViolationState | None:
    with rig.store.read() as r:
        found = violations.violation(r, violation_id)
    return None if found is None else found.state


def send(rig: Rig, kitchen: Kitchen, kind: str, body: object, *, device: str | None = None) -> None:
    with attacker_of(rig, kitchen) as attacker:
        payload = body if isinstance(body, bytes) else dumps(body).encode()
        place = f"mingchu/v1/shaoxing/{kitchen.site}/{kitchen.node}"
        attacker.publish(f"{place}/{device or kitchen.camera}/{kind}", payload)


def event_of(kitchen: Kitchen, what: str, violation_id: UUID, device: str | None = None) -> dict[str, object]:
    at = rfc3339(datetime.now(UTC))
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": f"/t/shaoxing/s/{kitchen.site}/d/{device or kitchen.camera}",
        "type": f"mingchu.violation.{what}",
        "time": at,
        "data": {"code": "smoking", "start": at, "end": at, "violation_id": str(violation_id)},
    }


@pytest.mark.parametrize("what", ["closed", "opened"])
@pytest.mark.parametrize("known", ["node's", "platform's"])
def test_a_violation_of_another_node_is_neither_ended_nor_replaced(rig: Rig, what: str, known: str) -> None:
    a, b = rig.kitchens
    own = opened_by(rig, b)
    violation_id = stored(b, own)
    attacked = own if known == "node's" else violation_id
    send(rig, a, "event", event_of(a, what, attacked))
    later = opened_by(rig, a)  # so that what was sent before has arrived
    assert state_of(rig, stored(a, later)) is ViolationState.active
    assert state_of(rig, violation_id) is ViolationState.active
    send(rig, b, "event", event_of(b, "closed", own))
    wait_for(lambda: state_of(rig, violation_id) is ViolationState.ended)


@pytest.mark.parametrize("taken", ["node's", "platform's"])
def test_a_node_can_not_take_the_id_that_another_one_is_going_to_use(rig: Rig, taken: str) -> None:
    """Boxes that number their events are predictable."""
    a, b = rig.kitchens
    coming = UUID(int=17)
    opened_by(rig, a, violation_id=coming if taken == "node's" else stored(b, coming))
    opened_by(rig, b, violation_id=coming)
    assert state_of(rig, stored(b, coming)) is ViolationState.active
    assert reasons_of(rig, wait_for=0) == {}


def test_a_violation_of_another_device_of_the_same_node_is_not_ended(rig: Rig) -> None:
    a, b = rig.kitchens
    own = opened_by(rig, a)
    send(rig, a, "event", event_of(a, "closed", own, a.fridge), device=a.fridge)
    opened_by(rig, b)  # so that what was sent before has arrived
    assert state_of(rig, stored(a, own)) is ViolationState.active


def test_a_node_can_not_refuse_a_clip_of_another_node(rig: Rig) -> None:
    a, b = rig.kitchens
    violation_id = stored(b, opened_by(rig, b))
    with rig.store.read() as r:
        clip = clips.of_violation(r, violation_id)
    assert clip is not None
    send(rig, a, "cmd/clip/res", {"id": str(clip.id), "ok": False, "error": "forged"})
    with rig.node(a) as node:  # a later message of the attacker has arrived, so the answer was processed
        wait_for(lambda: node.connected)
        node.readings(a.fridge, [Reading("fridge_temp", datetime.now(UTC), 4.0)])
        assert node.wait_empty(GENEROUS_S)
    threading.Event().wait(1.2)  # two rounds of the clip desk
    with rig.store.read() as r:
        after = clips.of_violation(r, violation_id)
    assert after is not None
    assert "forged" not in str(after.error)
    assert after.state is not ClipState.frames or "forged" not in str(after.error)


def test_a_node_can_not_set_the_health_of_another_nodes_devices(rig: Rig) -> None:
    a, b = rig.kitchens
    claimed = [{"id": b.camera, "state": "offline", "reason": "wrong_password"}, {"id": a.camera, "state": "online"}]
    body = {"online": True, "session": 10**6, "devices": claimed}
    send(rig, a, "status", body, device="_")

    def healths() -> dict[str, object]:
        with rig.store.read() as r:
            return {name: devices.device(r, name).health for name in (a.camera, b.camera)}  # type: ignore[union-attr]

    wait_for(lambda: healths()[a.camera])
    assert healths()[b.camera] is None


ADDRESSES = {
    "tenant": "mingchu/v1/other/site-a/node-a/{device}/{kind}",
    "site": "mingchu/v1/shaoxing/site-b/node-a/{device}/{kind}",
    "device": "mingchu/v1/shaoxing/site-a/node-a/{foreign}/{kind}",
}
FOREIGN = {"reading": ("fridge-a", "fridge-b"), "event": ("cam-a", "cam-b"), "frame": ("cam-a", "cam-b")}


@pytest.mark.parametrize("kind", ["reading", "event", "frame", "status"])
@pytest.mark.parametrize("where", ADDRESSES)
def test_no_kind_of_message_has_an_effect_under_another_nodes_topic(rig: Rig, kind: str, where: str) -> None:
    """Every kind of message from a node that names another's tenant, site or device."""
    own, foreign = FOREIGN.get(kind, ("_", "cam-b"))
    payloads: dict[str, object] = {
        "reading": [{"n": "fridge_temp", "u": "Cel", "v": 4}],
        "event": event_of(rig.kitchens[1], "opened", uuid7()),
        "status": {"online": True, "session": 10**6},
        "frame": "no picture",
    }
    with attacker_of(rig, rig.kitchens[0]) as attacker:
        topic = ADDRESSES[where].format(device=own, foreign=foreign, kind=kind)
        attacker.publish(topic, dumps(payloads[kind]).encode())
    assert sum(reasons_of(rig, wait_for=1).values()) == 1
    with rig.store.read() as r:
        assert readings.count_readings(r) == (0, 0)
        assert violations.violations(r, limit=10) == []
        assert [node.online for node in devices.nodes(r).values()] == [False, False]


def test_the_broker_refuses_topics_of_another_node(mosquitto_rig: Rig) -> None:
    """Every kind of message, below the other node's own topic level."""
    rig = mosquitto_rig
    with attacker_of(rig, rig.kitchens[0]) as attacker:
        for kind in ("reading", "event", "frame", "status", "cmd/clip", "cmd/clip/res", "cmd/receipt"):
            attacker.publish(f"mingchu/v1/shaoxing/site-b/node-b/_/{kind}", b"{}", retain=kind == "status")
        attacker.publish("mingchu/v1/shaoxing/site-a/node-a/fridge-a/reading", b"own")
    assert reasons_of(rig, wait_for=1) == {"bad_payload": 1}


def test_due_clips_name_their_node() -> None:
    """The clip desk uses the registered address of the device, never one from a message."""
    assert {"tenant_id", "site_id", "node_id", "device_id"} <= set(DueClip.__dataclass_fields__)
