"""A fault campaign goes on where it stood, after a pause and after a kill -9 of everything."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from deploy.embedded.broker import find_mosquitto
from deploy.embedded.folder import prepare_data_dir
from tests.support.campaign.cage import end_leftovers, leftovers
from tests.support.campaign.kept import FILE, Kept
from tests.support.waiting import START_S, tail, wait_for

pytestmark = pytest.mark.skipif(
    find_mosquitto() is None and not os.environ.get("CI"), reason="mosquitto is not installed; iotcore loses sessions"
)
LENGTH = "--for", "20s", "--kinds", "kill-ingest,kill-postgres", "--seed", "316"
"""Two single faults, each after a short calm."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the services' users can enter; nothing of the campaign in it is left running."""
    made = prepare_data_dir(Path(tempfile.mkdtemp(prefix="mingchu-pauses-")))
    try:
        yield made / "campaign"
    finally:
        end_leftovers(made / "campaign")
        shutil.rmtree(made)


def _start(folder: Path, *options: str) -> tuple[subprocess.Popen[bytes], Path]:
    """A campaign as leader of a process group of its own, and its log."""
    log = folder.with_name("campaign.log")
    argv = [sys.executable, "-m", "tests.faults.campaign", "--keep", str(folder), *LENGTH, *options]
    with log.open("ab") as out:
        return subprocess.Popen(argv, stdout=out, stderr=out, start_new_session=True), log


def _report(folder: Path, *options: str) -> dict[str, Any]:
    report = folder.with_name("report.json")
    campaign, log = _start(folder, "--json", str(report), *options)
    assert campaign.wait() == 0, tail(log)
    found: dict[str, Any] = json.loads(report.read_text())
    assert found["broken"] == []
    return found


def _counted(folder: Path) -> dict[str, Any]:
    """The counters on disk, and how many events were read."""
    if not (folder / FILE).exists():
        return {"injected": {}}
    with Kept(folder) as kept:
        return {"injected": {}, **(kept.document() or {}), "read": len(kept.events())}


def _assert_whole(found: dict[str, Any]) -> None:
    """Nothing of any segment is missing or doubled at the end."""
    readings = found["readings"]
    assert found["finished"]
    assert found["ran_s"] >= 20
    assert readings["acknowledged"] == readings["sent"]
    assert readings["stored"] == readings["sent"] + readings["sent_as_an_agent_died"]
    assert (readings["missing"], readings["stored_twice"], found["alerts"]["doubled"]) == (0, 0, 0)
    assert found["alerts"]["gas_ch4"] == 8  # one of each kitchen, from the first segment to the last
    assert found["feed"]["gaps"] == found["feed"]["again_or_disordered"] == 0
    assert found["seconds_to_recover"]["pause"]["times"] == len(found["pauses"]) == 1


def test_a_paused_campaign_goes_on_and_counts_both_segments(folder: Path) -> None:
    first = _report(folder, "--pause-after", "1s")
    assert not first["finished"]
    assert leftovers(folder) == []
    second = _report(folder)
    _assert_whole(second)
    assert [one["ended"] for one in second["segments"]] == ["in order", "in order"]
    assert second["segments"][0] == first["segments"][0]
    assert sum(second["faults"].values()) > sum(first["faults"].values()) > 0
    assert second["readings"]["sent"] > first["readings"]["sent"] > 0
    assert second["feed"]["read"] > first["feed"]["read"] > 0
    assert _report(folder) == second  # nothing is left to do


def test_a_campaign_of_which_everything_was_killed_goes_on(folder: Path) -> None:
    campaign, log = _start(folder)
    wait_for(lambda: campaign.poll() is not None or _counted(folder)["injected"], timeout_s=START_S, log=log)
    with suppress(ProcessLookupError):
        os.killpg(campaign.pid, signal.SIGKILL)
    assert campaign.wait() == -signal.SIGKILL, tail(log)
    before = _counted(folder)
    found = _report(folder)
    _assert_whole(found)
    assert [one["ended"] for one in found["segments"]] == ["killed", "in order"]
    assert sum(found["faults"].values()) > sum(before["injected"].values()) > 0
    assert found["feed"]["read"] > before["read"]
