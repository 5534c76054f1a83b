"""What probes ask of real roles at the metrics port, as the files for compose and Kubernetes do."""

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from deploy.embedded.ports import free_port
from models.store import Store
from tests.support.waiting import START_S, wait_for
from tests.support.workers import worker
from tests.support.world import seed_world


def status(port: int, path: str) -> int:
    """The status of an answer; 0 if nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    found = free_port()
    monkeypatch.setenv("MINGCHU_METRICS_PORT", str(found))
    return found


def test_a_role_that_works_is_ready(store: Store, database_url: str, port: int, tmp_path: Path) -> None:
    seed_world(store)
    with worker("alerts", "a", database_url=database_url, folder=tmp_path):
        wait_for(lambda: status(port, "/ready") == 200, timeout_s=START_S, log=tmp_path / "a.log")
        assert status(port, "/health") == 200
        assert status(port, "/metrics") == 200


def test_a_role_without_its_broker_is_alive_and_not_ready(
    store: Store, database_url: str, port: int, tmp_path: Path
) -> None:
    seed_world(store)
    with worker("ingest", "a", database_url=database_url, folder=tmp_path):
        wait_for(lambda: status(port, "/health") == 200, timeout_s=START_S, log=tmp_path / "a.log")
        assert status(port, "/ready") == 503
        assert status(port, "/ready?x=1") == 503
        assert status(port, "/../ready/") == 200  # anything else is the metrics, which say the same to everybody


def test_a_password_comes_out_of_its_file(
    store: Store, database_url: str, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed_world(store)
    password = tmp_path / "password"
    password.write_text("it's a \\ strange one\n")
    monkeypatch.setenv("MINGCHU_DATABASE_PASSWORD_FILE", str(password))
    with worker("alerts", "a", database_url=database_url, folder=tmp_path):
        wait_for(lambda: status(port, "/ready") == 200, timeout_s=START_S, log=tmp_path / "a.log")
    assert "strange" not in (tmp_path / "a.log").read_text()
