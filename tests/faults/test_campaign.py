"""The fault campaign for ten minutes. `MINGCHU_CAMPAIGN_FOR` sets another length, like 2m or 6h."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api.client.mingchu_client import Cursor
from deploy.embedded.broker import find_mosquitto
from tests.support.campaign.clocks import Clocks
from tests.support.campaign.kept import Kept
from tests.support.campaign.kitchens import Ledger
from tests.support.campaign.memory import leaks, report_of, slope_of
from tests.support.campaign.progress import Progress
from tests.support.waiting import tail, wait_for

LENGTH = os.environ.get("MINGCHU_CAMPAIGN_FOR", "600s")


@pytest.mark.skipif(
    find_mosquitto() is None and not os.environ.get("CI"), reason="mosquitto is not installed; iotcore loses sessions"
)
def test_faults_at_random_break_no_promise(tmp_path: Path) -> None:
    report, log = tmp_path / "report.json", tmp_path / "campaign.log"
    argv = [sys.executable, "-m", "tests.faults.campaign", "--for", LENGTH, "--json", str(report)]
    with log.open("wb") as out:
        ended = subprocess.run(argv, stdout=out, stderr=out, check=False).returncode
    assert ended == 0, tail(log)
    found = json.loads(report.read_text())
    readings, alerts = found["readings"], found["alerts"]
    assert found["broken"] == []
    assert sum(found["faults"].values()) > 0
    assert readings["acknowledged"] == readings["sent"] > 0
    assert readings["stored"] == readings["sent"] + readings["sent_as_an_agent_died"]
    assert (readings["missing"], readings["stored_twice"], alerts["doubled"]) == (0, 0, 0)
    assert alerts["gas_ch4"] == 8  # one of each kitchen, from the beginning to the end
    assert found["feed"]["gaps"] == found["feed"]["again_or_disordered"] == 0


def test_a_kind_that_does_not_exist_is_refused() -> None:
    argv = [sys.executable, "-m", "tests.faults.campaign", "--kinds", "kill-ingest,earthquake"]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "got earthquake" in ended.stderr


def test_memory_that_grows_within_lives_has_a_slope_and_restarts_have_none() -> None:
    growing = [(0.0, 10.0), (60.0, 50.0), (1860.0, 51.0), (3660.0, 52.0)]
    flat = [(0.0, 10.0), (60.0, 50.0), (3660.0, 50.0)]
    assert slope_of([growing]) == {"mb_per_h": 2.0, "hours": 1.0, "peak_mib": 52.0}
    assert slope_of([flat, [(at + 4000, mib + 100) for at, mib in flat]])["mb_per_h"] == 0.0
    assert slope_of([[(0.0, 10.0), (30.0, 90.0)]])["mb_per_h"] == 0.0  # it never became warm


def test_only_a_life_of_an_hour_tells_of_a_leak() -> None:
    short = [(float(at), 10.0 + at / 60) for at in range(0, 3000, 60)]
    filling = [(0.0, 10.0), (600.0, 200.0), (1200.0, 210.0), (3600.0, 210.0)]
    leaking = [(0.0, 10.0), (900.0, 200.0), (4500.0, 240.0)]
    young, flat, leaky = report_of([short, short]), report_of([short, filling]), report_of([leaking])
    assert young["mb_per_h"] > 30
    assert (young["lives"], young["longest_h"], young["steady_mb_per_h"]) == (2, 0.82, None)
    assert (flat["longest_h"], flat["steady_mb_per_h"]) == (1.0, 0.0)
    assert leaks({"api": young, "ingest": flat, "vision": leaky}) == ["the memory of vision grows by 40.0 MB/h"]


def test_progress_goes_on_with_the_same_chances(tmp_path: Path) -> None:
    with Kept(tmp_path) as kept:
        first = Progress(kept=kept, seed=1, chance=random.Random(1), key="key", nodes=[])
        first.begin(at=time.time() - 100)
        first.injected.update(["cut"])
        first.recovered["cut"].append(1.5)
        first.chance.random()
        first.save()
        kept.advance(Cursor(7, "one"), (7, "id"))
    with Kept(tmp_path) as kept:
        second = Progress.of(kept)
        assert second is not None
        second.begin(at=second.segments[0].seen + 60)
        assert second.pauses() == [{"seconds": 60, "ended": "killed"}]
        assert (second.injected, second.recovered) == ({"cut": 1}, {"cut": [1.5]})
        assert second.chance.random() == first.chance.random()
        assert (kept.cursor(), kept.events()) == (Cursor(7, "one"), [(7, "id")])


def test_a_torn_entry_of_a_ledger_is_none(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "gas.ledger")
    ledger.add(500)
    with ledger.path.open("ab") as out:
        out.write(b"\1\2\3")
    assert (ledger.moments(), len(ledger)) == ([500], 1)
    ledger.mend()
    ledger.add(1000)
    assert ledger.moments() == [500, 1000]


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    argv = [sys.executable, "-m", "tests.faults.campaign", "--keep", str(tmp_path)]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "no campaign" in ended.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.skipif(Clocks.why_not() is not None and not os.environ.get("CI"), reason="no C compiler")
def test_a_moved_clock_moves_times_and_leaves_waits_alone(tmp_path: Path) -> None:
    clocks = Clocks(tmp_path / "clocks")
    program = tmp_path / "api"  # the name of one of the clocks
    program.symlink_to(sys.executable)
    code = (
        "import sys, threading, time\n"
        "print(time.time(), flush=True)\n"
        "while sys.stdin.readline():\n"
        "    threading.Event().wait(0.01)\n"
        "    print(time.time(), flush=True)\n"
    )
    real = Path(sys.executable).resolve()
    argv = [str(program), "-c", code]
    environment = {**os.environ, **clocks.environment, "PYTHONHOME": str(real.parents[1])}
    with subprocess.Popen(
        argv, executable=real, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        before = float(child.stdout.readline())
        clocks.move("api", 3600)
        child.stdin.write("\n")
        child.stdin.flush()
        after = float(child.stdout.readline())
        child.stdin.close()
        wait_for(lambda: child.poll() is not None)
    assert 3590 < after - before < 4000
