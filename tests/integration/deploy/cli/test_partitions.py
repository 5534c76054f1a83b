"""`mingchu partitions`: shown, changed, and refused while intake runs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli import main
from ingest.partitions import KIND
from models.store import Store
from models.store.sharing import Sharing

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("MINGCHU_DATABASE_URL", database_url)
    monkeypatch.setenv("MINGCHU_DATA", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(main, ["partitions", *arguments])


def test_partitions_are_shown_and_changed(run: Run) -> None:
    assert run().stdout == "0of1\n"
    assert run("3").exit_code == 0
    assert run().stdout.split() == ["0of3", "1of3", "2of3"]
    assert run("0").exit_code != 0
    assert run("65").exit_code != 0


def test_they_stay_while_intake_runs(run: Run, store: Store) -> None:
    intake = Sharing(store, kind=KIND, name="a")
    intake.tend()
    refused = run("2")
    assert refused.exit_code == 1
    assert "[conflict]" in refused.output
    assert run().stdout == "0of1\n"
    intake.end()
    assert run("2").exit_code == 0
