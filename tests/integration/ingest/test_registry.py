"""What intake and vision know of the registry: what speaks, as it is now, and no more."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time

import psycopg
import pytest

from deploy.embedded.ports import free_port
from ingest import registry as registry_module
from ingest.registry import Registry, WrongAddress
from ingest.topics import Topic
from models.catalogue.terms import DeviceKind
from models.changes.nodes import revoke_node
from models.domain.access import SYSTEM
from models.store import Store, devices, following, registry
from models.store.listen import Listener
from tests.support.waiting import wait_for
from tests.support.world import TENANT, Kitchen, seed_world


def topic(kitchen: Kitchen, device: str, kind: str = "reading") -> str:
    return f"mingchu/v1/{TENANT}/{kitchen.site}/{kitchen.node}/{device}/{kind}"


def reason(known: Registry, text: str) -> str:
    known.know([text])
    try:
        known.route_of(Topic.parse(text))
    except WrongAddress as error:
        return error.reason
    return "known"


@contextmanager
def following_along(known: Registry, listener: Listener | None = None) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=known.follow, args=(listener,), kwargs={"stop": stop})
    thread.start()
    yield
    stop.set()
    thread.join()


def add_camera(store: Store, kitchen: Kitchen, device: str) -> None:
    with store.write() as w:
        devices.add_device(
            w, device_id=device, node_id=kitchen.node, kind=DeviceKind.camera, zone="cooking", name="烹饪区"
        )


def revoke(store: Store, node: str) -> None:
    with store.write() as w:
        revoke_node(w, node, by=SYSTEM, at=datetime.now(UTC))


def test_it_loads_what_speaks_and_nothing_else(store: Store) -> None:
    a, b = seed_world(store)
    known = Registry(store)
    assert reason(known, topic(a, a.fridge)) == "known"
    assert set(known.nodes) == {a.node}
    assert set(known.routes) == {a.camera, a.fridge, a.gas}
    assert reason(known, topic(a, b.fridge)) == "wrong_node"
    assert reason(known, topic(a, "nobody")) == "unknown_device"
    assert reason(known, topic(a, "_")) == "wrong_device"
    assert reason(known, topic(b, b.fridge).replace(b.site, a.site)) == "wrong_site"


def test_a_flood_of_unknown_ids_asks_once_each_and_is_forgotten(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    a, _ = seed_world(store)
    monkeypatch.setattr(registry_module, "MOST_ABSENT", 50)
    known = Registry(store)
    known.know(topic(a, f"garbage-{n}") for n in range(500))
    known.know(["mingchu", "mingchu/v1//////", "mingchu/v1/a/b/\x00/\x00/reading", *["a/" * 5000]])
    assert len(known._absent) <= 50
    known.know([topic(a, "garbage-499")])
    asked = []
    monkeypatch.setattr(following, "nodes_of_devices", lambda *_: asked.append(1) or [])
    known.know([topic(a, "garbage-499")] * 3)
    assert not asked


def test_memory_is_bounded_and_the_longest_silent_node_goes_first(store: Store) -> None:
    a, b = seed_world(store)
    with store.write() as w:
        devices.add_node(w, node_id="third", site_id=b.site, mqtt_hash="$7$1$AA==$AA==")
    known = Registry(store, most_nodes=2)
    for node in (a, b, a):
        known.know([topic(node, node.fridge)])
    known.know([f"mingchu/v1/{TENANT}/{b.site}/third/_/status"])
    assert set(known.nodes) == {a.node, "third"}
    assert set(known.routes) == {a.camera, a.fridge, a.gas}
    small = Registry(store, most_devices=3)
    small.know([topic(a, a.fridge), topic(b, b.fridge)])
    assert len(small.nodes) == 1


def test_changes_are_learnt_by_notification(store: Store, database_url: str) -> None:
    a, b = seed_world(store)
    known = Registry(store)
    assert reason(known, topic(a, "late-cam")) == "unknown_device"
    with Listener(database_url, (following.CHANNEL,)) as listener, following_along(known, listener):
        add_camera(store, a, "late-cam")
        wait_for(lambda: reason(known, topic(a, "late-cam")) == "known")
        with store.write() as w:
            registry.change_site(w, site_id=a.site, name="n", address="", closed=(time(1), time(2)))
        wait_for(lambda: known.routes["late-cam"].closed_from == time(1))
        with store.write() as w:
            w.raw.execute("UPDATE device SET node_id = 'node-b', site_id = 'site-b' WHERE id = 'late-cam'")
        wait_for(lambda: reason(known, topic(b, "late-cam")) == "known")
        assert reason(known, topic(a, "late-cam")) == "wrong_node"
        revoke(store, a.node)
        wait_for(lambda: reason(known, topic(a, a.fridge)) == "unknown_node")
        assert a.fridge not in known.routes


def test_a_revocation_is_learnt_without_a_listening_connection(store: Store, database_url: str) -> None:
    a, _ = seed_world(store)
    nobody = psycopg.conninfo.make_conninfo(database_url, host="127.0.0.1", port=free_port())
    known = Registry(store)
    known.know([topic(a, a.fridge)])
    with Listener(nobody, (following.CHANNEL,)) as listener, following_along(known, listener):
        revoke(store, a.node)
        wait_for(lambda: a.node not in known.nodes)


def test_a_change_that_commits_late_is_not_passed_by(store: Store) -> None:
    a, b = seed_world(store)
    known = Registry(store)
    known.know([topic(a, a.fridge), topic(b, b.fridge)])
    with store.write() as slow:
        revoke_node(slow, a.node, by=SYSTEM, at=datetime.now(UTC))
        revoke(store, b.node)  # begins later, commits earlier
        known.catch_up()
        assert set(known.nodes) == {a.node}
    known.catch_up()
    assert not known.nodes


def test_messages_change_nothing_that_has_to_be_learnt(store: Store) -> None:
    a, _ = seed_world(store)
    with store.read() as r:
        place = following.here(r)
    with store.write() as w:
        w.raw.execute("UPDATE node SET last_seen_at = now(), gaps = gaps + 1, online = true, session = 7")
        w.raw.execute("UPDATE device SET health_at = now(), last_frame_at = now()")
    with store.read() as r:
        seen = following.changes(r, since=place)
    assert (seen.nodes, seen.devices, seen.everything) == (frozenset(), frozenset(), False)
    assert a.node


def test_more_changes_than_can_be_named_renew_everything_known(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = seed_world(store)
    known = Registry(store)
    known.know([topic(a, a.fridge), topic(b, b.fridge), topic(a, "late")])
    monkeypatch.setattr(following, "MOST_CHANGES", 2)
    revoke(store, a.node)
    for n in range(3):
        add_camera(store, b, f"cam-b{n}")
    known.catch_up()
    assert set(known.nodes) == {b.node}
    assert "cam-b2" in known.routes


def test_a_place_of_another_life_of_the_database_says_nothing(store: Store) -> None:
    a, _ = seed_world(store)
    known = Registry(store)
    known.know([topic(a, a.fridge)])
    known._place = "9000000000:9000000000:"
    with store.write() as w:
        w.raw.execute("UPDATE node SET revoked_at = now(), changed_in = '8999999999'::text::xid8")
    known.catch_up()
    assert not known.nodes
    known.catch_up()  # and a mark from the other life is no change of this one
    with store.read() as r:
        assert not following.changes(r, since=following.here(r)).nodes
