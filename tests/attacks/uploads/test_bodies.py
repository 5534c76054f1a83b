"""Bodies, heads and answers that hurt a server that reads before it asks who is there: against the real server."""

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from api import role
from api.settings import ApiSettings
from deploy.embedded.ports import free_port
from models.evidence.files import EvidenceFiles
from models.store import Store
from tests.support.http import bearer
from tests.support.people import Keys, add_keys, add_users
from tests.support.waiting import wait_for
from tests.support.world import seed_world

IMPATIENT = ApiSettings(
    body_idle=timedelta(seconds=0.5), headers_within=timedelta(seconds=0.5), unread_within=timedelta(seconds=1)
)
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    port: int
    keys: Keys

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def line(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


@pytest.fixture
def served(store: Store, database_url: str, tmp_path: Path) -> Iterator[Served]:
    a, b = seed_world(store)
    add_users(store, a, b)
    stop, port = threading.Event(), free_port()
    arguments = {"database_url": database_url, "files": EvidenceFiles(tmp_path), "host": "127.0.0.1", "port": port}
    server = threading.Thread(target=role.run, kwargs={**arguments, "stop": stop, "settings": IMPATIENT})
    server.start()
    found = Served(port=port, keys=add_keys(store, a, b))
    wait_for(lambda: alive(found))
    yield found
    stop.set()
    server.join(20)
    assert not server.is_alive()


def alive(served: Served) -> bool:
    try:
        return httpx.get(f"{served.url}/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def memory() -> int:
    """What this process, the server in it, holds: resident bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cut(line: socket.socket) -> bool:
    """Whether the other end has gone; waits for it."""
    try:
        while line.recv(65536):
            pass
    except ConnectionError:
        return True
    return True


def head(path: str, length: int, *more: str) -> bytes:
    return "\r\n".join([f"PUT {path} HTTP/1.1", "Host: x", f"Content-Length: {length}", *more, "", ""]).encode()


PATHS = (
    "/v1/uploads/a-token-that-nobody-has-given",
    "/v1/tasks/0/photos",
    "/v1/exchange/entities/check",
    "/v1/cameras",
    "/v1/alerts/0/confirm",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_an_unauthenticated_body_is_refused_before_it_is_sent(served: Served, path: str, method: str) -> None:
    with served.line() as line:
        line.sendall(head(path, 200 * 1024).replace(b"PUT", method.encode(), 1))
        answer = line.recv(65536)  # and not a byte of the body was sent
        assert answer.split(b" ")[1] in {b"401", b"404", b"405"}, answer
        if not path.startswith("/v1/uploads"):
            assert b"connection: close" in answer.lower()


def test_sixty_large_unauthenticated_bodies_cost_no_memory(served: Served) -> None:
    block, before = bytes(64 * 1024), memory()

    def send(_: int) -> bytes:
        with served.line() as line:
            line.sendall(head(PATHS[0], 8 * MIB))
            try:
                for _ in range(8 * MIB // len(block)):
                    line.sendall(block)
            except OSError:
                pass  # answered and closed while we were still sending
            try:
                return line.recv(65536)[:12]
            except OSError:
                return b""

    with ThreadPoolExecutor(60) as pool:
        assert set(pool.map(send, range(60))) <= {b"HTTP/1.1 404", b""}
    assert memory() - before < 100 * MIB


@pytest.mark.parametrize("announced", [True, False])
def test_a_large_json_is_refused_before_it_is_parsed(served: Served, *, announced: bool) -> None:
    body = json.dumps({"name": ["x" * 70] * 110_000}).encode()
    for who in (bearer(None), bearer(served.keys.enterprise_a)):
        content = body if announced else iter([body[i : i + 65536] for i in range(0, len(body), 65536)])
        answer = httpx.post(f"{served.url}/v1/cameras", content=content, headers=who, timeout=30)
        assert answer.status_code in ({413} if announced or who else {401}), answer.text


def test_json_of_a_hundred_thousand_brackets_is_a_bad_request(served: Served) -> None:
    for body in (b"[" * 100_000, b'{"a":' * 40_000, b"[" * 100_000 + b"]" * 100_000, b"9" * 200_000):
        headers = bearer(served.keys.enterprise_a) | {"Content-Type": "application/json"}
        answer = httpx.post(f"{served.url}/v1/cameras", content=body, headers=headers, timeout=30)
        assert answer.status_code in {400, 422}, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


def test_heads_that_never_end_are_cut(served: Served) -> None:
    lines = [served.line() for _ in range(50)]
    for line in lines:
        line.sendall(b"GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    silent = [served.line() for _ in range(50)]
    assert alive(served)
    assert all(cut(line) for line in [*lines, *silent])
    for line in [*lines, *silent]:
        line.close()


def test_a_second_head_that_never_ends_is_cut_too(served: Served) -> None:
    with served.line() as line:
        line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /hea")
        assert b"200 OK" in line.recv(65536)
        assert cut(line)


@pytest.mark.parametrize("path", ["/v1/cameras", "/login"])
def test_a_body_that_trickles_is_refused(served: Served, path: str) -> None:
    with served.line() as line:
        key = f"Authorization: Bearer {served.keys.enterprise_a}"
        form = (
            "Content-Type: application/x-www-form-urlencoded" if path == "/login" else "Content-Type: application/json"
        )
        line.sendall(head(path, 5000, key, form).replace(b"PUT", b"POST", 1) + b'{"a"')
        assert line.recv(65536).split(b" ")[1] == b"408"


def test_an_unread_answer_cuts_the_connection(served: Served) -> None:
    with served.line() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(200):
            try:
                line.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
            except OSError:
                break
            time.sleep(0.01)
        assert alive(served)
        assert cut(line)


def test_a_client_that_goes_away_is_no_internal_error(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (PATHS[2], PATHS[1]):
        with served.line() as line:
            key = f"Authorization: Bearer {served.keys.enterprise_a}"
            line.sendall(
                head(path, 50_000, key, "Content-Type: application/json").replace(b"PUT", b"POST", 1) + b'{"a":'
            )
    wait_for(lambda: alive(served))
    assert "internal" not in capsys.readouterr().out
