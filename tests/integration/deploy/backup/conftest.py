"""One installation for the tests of a file, and a backup of it with its keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.base.sealed import FILE, KEYS
from tests.support.installations import Installation, installation

SIGNING = "MINGCHU_SIGNING_KEY_FILE"
PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MINGCHU_DATABASE_URL", "MINGCHU_EVIDENCE_DIR", "MINGCHU_EVIDENCE_STORE", SIGNING, FILE, KEYS):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def home() -> Iterator[Installation]:
    with installation() as made:
        yield made


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    return path
