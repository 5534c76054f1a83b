"""The API in process: the app on a real database, with a log-in or a key."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from httpx import Response

from api.app import create_app
from api.settings import ApiSettings
from models.base.clock import SteppedClock
from models.evidence.files import EvidenceFiles
from models.store import Store
from tests.support.people import PASSWORD, Keys, add_keys, add_users
from tests.support.workshop import Bench
from tests.support.world import Kitchen, seed_world

with warnings.catch_warnings():
    # Starlette asks for `httpx2`, a fork of the client that the rest of the project uses.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """Two districts with people and keys, and the app that serves them."""

    store: Store
    files: EvidenceFiles
    app: FastAPI
    http: TestClient
    a: Kitchen
    b: Kitchen
    keys: Keys

    def get(self, path: str, key: str | None = None, **params: Any) -> Response:  # noqa: ANN401 - query values
        return self.http.get(path, params=params, headers=bearer(key))

    def post(self, path: str, key: str, *, etag: int | str | None = None, **more: Any) -> Response:  # noqa: ANN401 - the client's own arguments
        headers = bearer(key) | more.pop("headers", {})
        if etag is not None:
            headers["If-Match"] = f'"{etag}"'
        return self.http.post(path, headers=headers, **more)

    def browser(self, login: str) -> TestClient:
        """Somebody logged in by the form."""
        client = TestClient(self.app, follow_redirects=False)
        answer = client.post("/login", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client


def bearer(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Authorization": f"Bearer {key}"}


def fresh_key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}


@contextmanager
def running_app(
    store: Store, api_store: Store, database_url: str, folder: Path, *, clock: SteppedClock | None = None
) -> Iterator[Rig]:
    a, b = seed_world(store)
    add_users(store, a, b)
    files = EvidenceFiles(folder)
    app = create_app(
        store=api_store, files=files, database_url=database_url, clock=clock, settings=ApiSettings(max_waiters=4)
    )
    app.state.mingchu.workshop = Bench()
    with TestClient(app, client=("127.0.0.1", 50000), follow_redirects=False) as http:
        yield Rig(store=store, files=files, app=app, http=http, a=a, b=b, keys=add_keys(store, a, b))
