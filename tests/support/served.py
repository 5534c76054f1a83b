"""The api role on a real port, for what an in-process client can't see: streams and connections."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from api import role
from deploy.embedded.ports import free_port
from models.evidence.files import EvidenceFiles
from tests.support.waiting import GENEROUS_S, wait_for


@contextmanager
def served(database_url: str, folder: Path) -> Iterator[tuple[httpx.Client, threading.Event]]:
    """Serve until the end of the block; yields a client, and the event that stops the server."""
    stop, port = threading.Event(), free_port()
    address = f"http://127.0.0.1:{port}"
    told = {"host": "127.0.0.1", "port": port, "public_url": address, "stop": stop}
    server = threading.Thread(
        target=role.run, kwargs={**told, "database_url": database_url, "files": EvidenceFiles(folder)}
    )
    server.start()
    try:
        with httpx.Client(base_url=address, timeout=GENEROUS_S) as http:
            wait_for(lambda: _is_ready(http))
            yield http, stop
    finally:
        stop.set()
        server.join(GENEROUS_S)
    assert not server.is_alive()


def _is_ready(http: httpx.Client) -> bool:
    try:
        return http.get("/ready").is_success
    except httpx.HTTPError:
        return False
