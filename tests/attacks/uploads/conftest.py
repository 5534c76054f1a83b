"""The API with a real database, two enterprises, and hazards that need proof."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from models.store import Store
from tests.support.http import Rig, running_app
from tests.support.people import raise_alert
from tests.support.world import Kitchen


@pytest.fixture
def rig(store: Store, api_store: Store, database_url: str, tmp_path: Path) -> Iterator[Rig]:
    with running_app(store, api_store, database_url, tmp_path / "evidence") as found:
        yield found


def confirmed(
    rig: Rig, code: str = "no_chef_hat", *, kitchen: Kitchen | None = None, reviewer: str | None = None
) -> dict[str, Any]:
    """Return a task of a kitchen, by default the first one."""
    alert = raise_alert(rig.store, rig.files, kitchen or rig.a, code)
    path, who = f"/v1/alerts/{alert.id}/confirm", reviewer or rig.keys.regulator_a
    answer = rig.post(path, who, etag=alert.revision, json={})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["task"])


def photo(
    rig: Rig, task: dict[str, Any], content: bytes, key: str | None = None, *, kind: str = "photo_after"
) -> Response:
    path, who = f"/v1/tasks/{task['id']}/photos?kind={kind}", key or rig.keys.enterprise_a
    return rig.post(path, who, files={"file": ("after.jpg", content)})
