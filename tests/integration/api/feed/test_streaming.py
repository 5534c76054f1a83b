"""The feed as server-sent events, read over a real connection."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from models.store import Store, access
from tests.support import http as support
from tests.support.people import add_keys, announce_task
from tests.support.served import served
from tests.support.waiting import wait_for
from tests.support.world import seed_world

STREAM = "/v1/events/stream"


def bearer(key: str) -> dict[str, str]:
    return support.bearer(key) | {"Accept": "text/event-stream"}


def parts(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    """The fields of each server-sent event, without the one that names the pause before a reconnect."""
    found: dict[str, Any] = {}
    for line in answer.iter_lines():
        if not line:
            if "data" in found:
                yield found
            found = {}
            continue
        name, _, value = line.partition(": ")
        found[name] = json.loads(value) if name == "data" else value


def test_a_stream_goes_on_where_another_broke_off(store: Store, database_url: str, tmp_path: Path) -> None:
    a, b = seed_world(store)
    keys = add_keys(store, a, b)
    announce_task(store, a, 3)
    with served(database_url, tmp_path) as (http, _):
        with http.stream("GET", STREAM, params={"cursor": 0}, headers=bearer(keys.regulator_a)) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            stream = parts(answer)
            first, second = next(stream), next(stream)
        assert [int(one["id"]) for one in (first, second)] == [1, 2]
        assert first["event"] == first["data"]["type"]
        again = bearer(keys.regulator_a) | {"Last-Event-ID": second["id"]}
        with http.stream("GET", STREAM, headers=again) as answer:
            stream = parts(answer)
            assert int(next(stream)["id"]) == 3
            announce_task(store, b, 1)  # of another district
            announce_task(store, a, 1)
            assert int(next(stream)["id"]) == 5


def test_a_stream_ends_with_its_key(store: Store, database_url: str, tmp_path: Path) -> None:
    a, b = seed_world(store)
    keys = add_keys(store, a, b)
    with (
        served(database_url, tmp_path) as (http, _),
        http.stream("GET", STREAM, params={"cursor": 0}, headers=bearer(keys.regulator_a)) as answer,
    ):
        stream = parts(answer)
        announce_task(store, a, 1)
        assert int(next(stream)["id"]) == 1
        with store.write() as w:
            access.revoke_key(w, prefix=keys.regulator_a.split("_")[1], at=datetime.now(UTC))
        announce_task(store, a, 1)
        last = list(stream)
    assert [one["event"] for one in last] == ["error"]
    assert last[0]["data"]["code"] == "not_authenticated"


def test_a_stopping_server_ends_its_streams_with_a_checkpoint(store: Store, database_url: str, tmp_path: Path) -> None:
    a, b = seed_world(store)
    keys = add_keys(store, a, b)
    announce_task(store, b, 2)
    with (
        served(database_url, tmp_path) as (http, stop),
        http.stream("GET", STREAM, params={"cursor": 0}, headers=bearer(keys.regulator_a)) as answer,
    ):
        stop.set()
        last = list(parts(answer))
    assert [one["event"] for one in last] == ["checkpoint"]
    assert last[0]["data"]["cursor"] == 2, "a checkpoint moves past what the scope leaves out"


def test_one_caller_can_not_hold_all_streams(store: Store, database_url: str, tmp_path: Path) -> None:
    a, b = seed_world(store)
    keys = add_keys(store, a, b)
    announce_task(store, a, 1)
    with served(database_url, tmp_path) as (http, _):
        with ExitStack() as held:
            for _ in range(5):
                stream = http.stream("GET", STREAM, params={"cursor": 0}, headers=bearer(keys.regulator_a))
                assert held.enter_context(stream).status_code == 200
            refused = http.get(STREAM, params={"cursor": 0}, headers=bearer(keys.regulator_a))
            assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
            other = http.stream("GET", STREAM, params={"cursor": 0}, headers=bearer(keys.regulator_b))
            assert held.enter_context(other).status_code == 200

        def let_go() -> bool:
            with http.stream("GET", STREAM, params={"cursor": 0}, headers=bearer(keys.regulator_a)) as answer:
                return answer.status_code == 200

        wait_for(let_go)
        plain = http.get(STREAM, params={"cursor": 0}, headers=support.bearer(keys.regulator_a))
        assert (plain.status_code, plain.json()["code"]) == (406, "wrong_form")
        wrong = http.get(STREAM, params={"cursor": 99}, headers=bearer(keys.regulator_a))
        assert (wrong.status_code, wrong.json()["code"]) == (422, "cursor_from_future")
