"""Shares of work among processes, on a real database whose clock decides."""

import threading

import pytest

from models.base.errors import LeaseLost
from models.catalogue.terms import DeviceKind
from models.store import Store, devices, leases
from models.store.sharing import Sharing
from tests.support.waiting import wait_for
from tests.support.world import seed_world

KEYS = {f"{n}of6" for n in range(6)}
SHORT_S = 0.5


@pytest.fixture(autouse=True)
def shares(store: Store) -> None:
    with store.write() as w:
        leases.add_shares(w, kind="work", keys=KEYS)


def sharing(store: Store, name: str, *, life_s: float = 60.0) -> Sharing:
    return Sharing(store, kind="work", name=name, life_s=life_s)


def settle(*some: Sharing) -> None:
    for _ in range(4):
        for one in some:
            one.give_back(one.tend().to_give)


def holds(store: Store, one: Sharing, key: str) -> bool:
    with store.write() as w:
        try:
            leases.require(w, kind="work", key=key, holder=one.holder or 0)
        except LeaseLost:
            return False
        return True


def test_the_first_takes_everything_and_a_second_gets_half(store: Store) -> None:
    first, second = sharing(store, "a"), sharing(store, "b")
    assert first.tend().gained == KEYS
    settle(first, second)
    assert len(first.held) == len(second.held) == 3
    assert first.held | second.held == KEYS
    third = sharing(store, "c")
    settle(first, second, third)
    assert sorted(len(one.held) for one in (first, second, third)) == [2, 2, 2]


def test_an_orderly_end_frees_everything_at_once(store: Store) -> None:
    first, second = sharing(store, "a"), sharing(store, "b")
    settle(first, second)
    first.end()
    assert second.tend().gained | second.held == KEYS


def test_a_dead_process_is_succeeded_and_can_not_write_any_more(store: Store) -> None:
    dead, heir = sharing(store, "a", life_s=SHORT_S), sharing(store, "b")
    dead.tend()
    key = next(iter(dead.held))
    assert holds(store, dead, key)
    wait_for(lambda: heir.tend() and heir.held == KEYS)
    assert not holds(store, dead, key)
    assert holds(store, heir, key)
    woken = dead.tend()
    assert woken.lost == KEYS
    assert woken.gained == frozenset()


def test_a_process_that_died_before_the_clock_was_set_back_is_succeeded_all_the_same(store: Store) -> None:
    dead, heir = sharing(store, "a", life_s=6), sharing(store, "b")
    dead.tend()
    key = next(iter(dead.held))
    with store.write() as w:  # as it looks when the database's clock goes back by an hour
        w.raw.execute("UPDATE lease_holder SET until = until + interval '1 hour'")
    heir.tend()
    assert heir.tend().gained | heir.held == KEYS
    assert not holds(store, dead, key)
    assert holds(store, heir, key)


def test_a_living_process_goes_on_when_the_clock_is_set_back(store: Store) -> None:
    one = sharing(store, "a", life_s=6)
    one.tend()
    with store.write() as w:
        w.raw.execute("UPDATE lease_holder SET until = until + interval '1 hour'")
    told = one.tend()
    assert (told.gained, told.lost, one.held) == (frozenset(), frozenset(), KEYS)
    assert all(holds(store, one, key) for key in KEYS)


def test_a_clock_that_is_corrected_by_seconds_moves_no_work(store: Store) -> None:
    one, other = sharing(store, "a", life_s=6), sharing(store, "b", life_s=6)
    settle(one, other)
    before = one.held, other.held
    with store.write() as w:
        w.raw.execute("UPDATE lease_holder SET until = until + interval '5 seconds'")
    settle(one, other)
    assert (one.held, other.held) == before


def test_a_process_under_the_same_name_takes_over_at_once_and_does_not_quarrel(store: Store) -> None:
    before, after = sharing(store, "a"), sharing(store, "a")
    before.tend()
    assert after.tend().gained == KEYS
    settle(before, after)
    assert len(before.held) == len(after.held) == 3
    assert not before.held & after.held


def test_a_writer_holds_its_share_until_the_commit(store: Store) -> None:
    slow, heir = sharing(store, "a", life_s=SHORT_S), sharing(store, "b")
    slow.tend()
    key = next(iter(slow.held))
    with store.write() as w:
        leases.require(w, kind="work", key=key, holder=slow.holder or 0)
        wait_for(lambda: heir.tend() and len(heir.held) == len(KEYS) - 1)
        assert key not in heir.held
    wait_for(lambda: heir.tend() and key in heir.held)


def test_many_at_once_never_hold_the_same(store: Store) -> None:
    some = [sharing(store, f"p{n}") for n in range(4)]
    threads = [threading.Thread(target=settle, args=(one,)) for one in some]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle(*some)
    settle(*some)
    assert sum(len(one.held) for one in some) == len(KEYS)
    assert frozenset().union(*(one.held for one in some)) == KEYS


def test_without_the_database_the_work_stops_before_another_may_begin(store: Store) -> None:
    now = [0.0]
    one = Sharing(store, kind="work", name="a", life_s=60, monotonic=lambda: now[0])
    one.tend()
    now[0] = 59.0
    assert one.expire().lost == frozenset()
    now[0] = 60.0
    assert one.expire().lost == KEYS
    assert one.tend().gained == KEYS  # nobody had taken it


def test_a_life_that_was_forgotten_begins_anew(store: Store) -> None:
    one = sharing(store, "a")
    one.tend()
    with store.write() as w:
        leases.end(w, holder=one.holder or 0)
        w.raw.execute("UPDATE lease SET holder = NULL")
    change = one.tend()
    assert change.lost == frozenset()
    assert one.held == KEYS
    assert holds(store, one, "0of6")


def test_a_site_with_a_camera_is_shared_among_the_judges(store: Store) -> None:
    a, b = seed_world(store)
    with store.write() as w:
        w.raw.execute("DELETE FROM lease WHERE kind = 'vision'")
        devices.add_node(w, node_id="n", site_id=b.site, mqtt_hash="$7$1$AA==$AA==")
        devices.add_device(
            w, device_id="s", node_id="n", kind=DeviceKind.sensor, zone="storage", name="s", sensor_code="gas_ch4"
        )
        assert leases.shares(w, kind="vision") == []
        devices.add_device(w, device_id="c", node_id="n", kind=DeviceKind.camera, zone="cooking", name="c")
        assert leases.shares(w, kind="vision") == [f"shaoxing/{b.site}"]
        w.raw.execute("UPDATE device SET site_id = %s WHERE id = 'c'", [a.site])
        assert leases.shares(w, kind="vision") == [f"shaoxing/{a.site}", f"shaoxing/{b.site}"]
