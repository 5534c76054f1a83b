import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from api import role
from deploy.embedded.ports import free_port
from models.evidence.files import EvidenceFiles
from models.store import Store
from tests.support.http import bearer
from tests.support.people import add_keys
from tests.support.waiting import GENEROUS_S
from tests.support.world import seed_world


def test_the_role_serves_until_its_stop_and_ends_waiting_polls(store: Store, database_url: str, tmp_path: Path) -> None:
    key = add_keys(store, *seed_world(store)).regulator_a
    stop, port = threading.Event(), free_port()
    arguments = {"database_url": database_url, "files": EvidenceFiles(tmp_path), "host": "127.0.0.1", "port": port}
    arguments["public_url"] = "http://x"
    server = threading.Thread(target=role.run, kwargs={**arguments, "stop": stop})
    server.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=40) as http, ThreadPoolExecutor(1) as pool:
        for _ in range(200):
            try:
                http.get("/ready").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        waiting = pool.submit(http.get, "/v1/events", params={"cursor": 0, "wait": 30}, headers=bearer(key))
        time.sleep(1)
        began = time.monotonic()
        stop.set()
        server.join(GENEROUS_S)
        assert not server.is_alive()
        assert waiting.result().json()["data"] == []
        assert time.monotonic() - began < 25  # they did not wait to the end
