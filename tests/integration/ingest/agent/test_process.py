"""`mingchu agent` as a process: killed, restarted, stopped; it leaves nothing behind."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.ingest.agent.conftest import Ear, Site
from tests.support.odd_camera import OddCamera, odd_camera
from tests.support.rtsp import Footage
from tests.support.waiting import GENEROUS_S, wait_for

PASSWORD = "s3cret-of-the-camera"


@pytest.fixture
def odd(footage: Callable[..., Footage]) -> Iterator[OddCamera]:
    filmed = footage()
    with odd_camera(filmed.units, fps=filmed.fps) as camera:
        yield camera


def start(path: Path, log: Path) -> "subprocess.Popen[bytes]":
    with log.open("ab") as output:
        argv = [sys.executable, "-m", "deploy.cli", "agent", "--config", str(path), "--log-level", "debug"]
        return subprocess.Popen(argv, stdout=output, stderr=output)


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += parents.get(found[-1], [])
    return found


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_a_killed_agent_leaves_no_process_and_the_next_has_a_larger_session(
    site: Site, ear: Ear, odd: OddCamera, tmp_path: Path
) -> None:
    login = odd.url.replace("://", f"://admin:{PASSWORD}@")
    path = site.write([{"device": site.rig.kitchens[0].camera, "url": login}])
    log = tmp_path / "agent.log"
    first = start(path, log)
    wait_for(lambda: ear.frames("cam-a"))
    status = wait_for(ear.status)
    assert status.firmware == "mingchu-agent 0.1"
    pids = family(first.pid)
    assert len(pids) >= 3  # itself, the server of its children, the camera's
    first.kill()
    first.wait(GENEROUS_S)
    wait_for(lambda: not alive(pids))
    time.sleep(1)
    seen = len(ear.frames("cam-a"))
    second = start(path, log)
    wait_for(lambda: len(ear.frames("cam-a")) > seen)
    again = wait_for(ear.status)
    assert again.session > status.session
    pids = family(second.pid)
    second.send_signal(signal.SIGTERM)
    assert second.wait(GENEROUS_S) == 0
    wait_for(lambda: not alive(pids))
    wait_for(lambda: (last := ear.status()) is not None and not last.online)
    _check_silence(log)


def _check_silence(log: Path) -> None:
    """The password was in the address; no log line contains it."""
    said = log.read_text()
    assert "camera is online" in said
    assert PASSWORD not in said
    assert "Traceback" not in said


def test_the_list_of_processes_shows_no_password(site: Site, ear: Ear, odd: OddCamera, tmp_path: Path) -> None:
    login = odd.url.replace("://", f"://admin:{PASSWORD}@")
    path = site.write([{"device": site.rig.kitchens[0].camera, "url": login}])
    process = start(path, tmp_path / "agent.log")
    wait_for(lambda: ear.frames("cam-a"))
    shown = b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in family(process.pid))
    process.terminate()
    assert process.wait(GENEROUS_S) == 0
    assert b"s3cret" not in shown
