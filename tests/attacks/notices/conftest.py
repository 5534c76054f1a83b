from collections.abc import Iterator
from pathlib import Path

import pytest

from models.store import Store
from tests.support.http import Rig, running_app


@pytest.fixture
def rig(store: Store, api_store: Store, database_url: str, tmp_path: Path) -> Iterator[Rig]:
    with running_app(store, api_store, database_url, tmp_path / "evidence") as found:
        yield found
