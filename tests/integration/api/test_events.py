import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from api.filters import QUERY_OF_FEED
from models.store import feed
from tests.support.http import Rig, bearer
from tests.support.people import announced as announce
from tests.support.people import feed_event as event
from tests.support.people import number_feed, raise_alert
from tests.support.waiting import wait_for

FEED = "/v1/events"


def test_without_a_cursor_the_feed_starts_now_and_then_goes_on(rig: Rig) -> None:
    announce(rig.store, event(rig.a))
    first = rig.get(FEED, rig.keys.regulator_a).json()
    assert first["data"] == []
    announce(rig.store, event(rig.a), event(rig.a))
    then = rig.get(FEED, rig.keys.regulator_a, cursor=first["next_cursor"]).json()
    assert [e["seq"] for e in then["data"]] == [2, 3]
    assert then["next_cursor"] == 3
    assert not then["has_more"]


def test_an_event_is_a_cloud_event_with_the_whole_state(rig: Rig) -> None:
    raise_alert(rig.store, rig.files, rig.a)
    page = rig.get(FEED, rig.keys.regulator_a, cursor=0, type="mingchu.alert.*").json()
    (opened,) = page["data"]
    assert opened["specversion"] == "1.0"
    assert opened["type"] == "mingchu.alert.opened"
    assert opened["data"]["label"] == "未戴工作帽"
    assert opened["data"]["entity"]["name"] == "企业a"


def test_the_cursor_moves_past_events_that_a_filter_or_the_scope_leaves_out(rig: Rig) -> None:
    announce(rig.store, event(rig.b), event(rig.b, "mingchu.alert.opened"), event(rig.b))
    page = rig.get(FEED, rig.keys.regulator_a, cursor=0).json()
    assert len(page.pop("epoch")) == 16
    assert page == {"data": [], "next_cursor": 3, "has_more": False, "earliest_cursor": 0}
    one = rig.get(FEED, rig.keys.regulator_b, cursor=0, limit=1).json()
    assert (one["next_cursor"], one["has_more"]) == (1, True)
    picked = rig.get(FEED, rig.keys.regulator_b, cursor=0, type=["mingchu.alert.opened"]).json()
    assert ([e["seq"] for e in picked["data"]], picked["next_cursor"]) == ([2], 3)


def test_a_cursor_of_the_future_is_422_and_one_out_of_the_window_410(rig: Rig) -> None:
    announce(rig.store, *(event(rig.a) for _ in range(5)))
    future = rig.get(FEED, rig.keys.regulator_a, cursor=6)
    assert (future.status_code, future.json()["code"]) == (422, "cursor_from_future")
    with rig.store.write() as w:
        w.raw.execute("RESET ROLE")  # no role of the platform may change the feed
        w.raw.execute("DELETE FROM event WHERE seq <= 3")
    gone = rig.get(FEED, rig.keys.regulator_a, cursor=2)
    assert (gone.status_code, gone.json()["code"], gone.json()["earliest_cursor"]) == (410, "cursor_expired", 3)
    assert [e["seq"] for e in rig.get(FEED, rig.keys.regulator_a, cursor=3).json()["data"]] == [4, 5]
    assert [e["seq"] for e in rig.get(FEED, rig.keys.regulator_a, cursor=0).json()["data"]] == [4, 5]


def test_a_long_poll_is_woken_by_news_and_ends_without_any(rig: Rig) -> None:
    began = time.monotonic()
    assert rig.get(FEED, rig.keys.regulator_a, cursor=0, wait=1).json()["data"] == []
    assert time.monotonic() - began > 0.9
    timer = threading.Timer(0.4, announce, (rig.store, event(rig.a)))
    timer.start()
    began = time.monotonic()
    page = rig.get(FEED, rig.keys.regulator_a, cursor=0, wait=30).json()
    timer.join()
    assert [e["seq"] for e in page["data"]] == [1]
    assert time.monotonic() - began < 25  # it did not wait to the end


def test_a_long_poll_ends_with_the_key_that_waits(rig: Rig) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(rig.get, FEED, rig.keys.regulator_a, cursor=0, wait=30)
        wait_for(lambda: rig.app.state.mingchu.news._room < 4)
        with rig.store.write() as w:
            w.raw.execute("UPDATE api_key SET revoked_at = now()")
        announce(rig.store, event(rig.a))
        assert waiting.result(30).status_code == 401


@pytest.mark.parametrize("path", [FEED, f"{FEED}/stream"])
@pytest.mark.parametrize(
    "asked",
    [{"types": "mingchu.task.*"}, {"site": "site-a"}, {"type": "mingchu.nope"}, {"type": "mingchu.nope.*"}],
)
def test_a_misspelt_filter_is_refused_and_lets_nothing_through(rig: Rig, path: str, asked: dict[str, str]) -> None:
    headers = {"Accept": "text/event-stream"} | bearer(rig.keys.regulator_a)
    answer = rig.http.get(path, params={"cursor": "0", **asked}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert next(iter(asked.values()), "") in answer.text or next(iter(asked)) in answer.text


def test_the_filters_that_are_known_are_those_of_the_document(rig: Rig) -> None:
    described = rig.http.get("/openapi.json").json()["paths"][FEED]["get"]["parameters"]
    assert {one["name"] for one in described if one["in"] == "query"} == QUERY_OF_FEED


def test_long_polls_beyond_the_bound_are_answered_at_once_and_leave_room_for_others(rig: Rig) -> None:
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(rig.get, FEED, rig.keys.regulator_a, cursor=0, wait=30) for _ in range(4)]
        wait_for(lambda: rig.app.state.mingchu.news._room == 0)
        assert rig.get(FEED, rig.keys.regulator_a, cursor=0, wait=30).json()["data"] == []
        assert rig.get("/v1/me", rig.keys.regulator_a).status_code == 200
        assert not any(answer.done() for answer in waiting)
        announce(rig.store, event(rig.a))
        assert [len(answer.result().json()["data"]) for answer in waiting] == [1, 1, 1, 1]


@pytest.mark.parametrize("readers", [2])
def test_readers_skip_repeat_and_reorder_nothing_while_writers_commit_late(rig: Rig, readers: int) -> None:
    """Writers hold their transaction open after announcing, so that ids commit out of order."""
    wanted: set[str] = set()
    done = threading.Event()

    def write(seed: int) -> list[UUID]:
        chance, mine = random.Random(seed), []
        for _ in range(12):
            one = event(rig.a)
            with rig.store.write() as w:
                feed.announce(w, one)
                time.sleep(chance.choice((0, 0.002, 0.06)))
            mine.append(one.event_id)
        return mine

    def number() -> None:
        while not done.wait(0.005):
            number_feed(rig.store)
        number_feed(rig.store)

    def read(limit: int) -> list[tuple[int, str]]:
        cursor, seen = 0, []
        while True:
            last_look = done.is_set() and not sequencer.is_alive()
            page = rig.get(FEED, rig.keys.regulator_a, cursor=cursor, limit=limit).json()
            seen += [(e["seq"], e["id"]) for e in page["data"]]
            assert page["next_cursor"] >= cursor
            cursor = page["next_cursor"]
            if last_look and not page["has_more"]:
                return seen

    sequencer = threading.Thread(target=number)
    sequencer.start()
    with ThreadPoolExecutor(8) as pool:
        reading = [pool.submit(read, 3 + 4 * i) for i in range(readers)]
        for written in [pool.submit(write, seed) for seed in range(3)]:
            wanted |= {str(event_id) for event_id in written.result()}
        done.set()
        results = [each.result() for each in reading]
    sequencer.join()
    for seen in results:
        numbers = [seq for seq, _ in seen]
        assert numbers == sorted(set(numbers))
        assert sorted(event_id for _, event_id in seen) == sorted(wanted)
