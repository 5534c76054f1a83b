"""HEAD answers wherever GET does, with the same headers and no body."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from models.store import Store
from tests.support.http import Rig, bearer, running_app
from tests.support.people import raise_alert
from tests.support.waiting import GENEROUS_S

CHANGING = {"date", "x-request-id", "set-cookie", "content-length", "transfer-encoding", "connection"}


@pytest.fixture
def rig(store: Store, api_store: Store, database_url: str, tmp_path: Path) -> Iterator[Rig]:
    with running_app(store, api_store, database_url, tmp_path / "evidence") as found:
        yield found


def readable(app: Any) -> Iterator[str]:  # noqa: ANN401 - routers are of many types
    todo = list(app.routes)
    while todo:
        route = todo.pop()
        todo += getattr(getattr(route, "original_router", None), "routes", [])
        if "GET" in (getattr(route, "methods", None) or ()):
            yield route.path


def test_every_readable_route_answers_head_as_it_answers_get(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    ids = {"alert_id": alert.id, "evidence_id": alert.evidence_ids[0], "device_id": rig.a.fridge, "site_id": rig.a.site}
    paths = [path.format_map(_Filled(ids)) for path in readable(rig.app)]
    assert len(paths) > 20
    for path in paths:
        for headers in ({}, bearer(rig.keys.regulator_a)):
            get, head = rig.http.get(path, headers=headers), rig.http.head(path, headers=headers)
            assert (head.status_code, head.content) == (get.status_code, b""), path
            for name in get.headers.keys() - CHANGING:
                assert head.headers.get(name) == get.headers[name] or name == "etag", (path, name)


class _Filled(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "00000000-0000-7000-8000-000000000000"


def test_head_does_not_bypass_allowed_methods(rig: Rig) -> None:
    assert rig.http.head("/v1/tasks/x/photos", headers=bearer(rig.keys.regulator_a)).status_code == 405
    assert rig.http.head("/nowhere").status_code == 404


def test_on_the_wire_head_has_the_length_and_keeps_the_connection(rig: Rig) -> None:
    port = _free()
    server = uvicorn.Server(uvicorn.Config(rig.app, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            for _ in range(2):
                line.sendall(b"HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n")
                answer = line.recv(65_536)
                assert answer.startswith(b"HTTP/1.1 200")
                assert b"content-length: 18" in answer.lower()
                assert answer.endswith(b"\r\n\r\n")
    finally:
        server.should_exit = True
        thread.join(GENEROUS_S)


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
