"""The supervisor with small real children."""

import io
import itertools
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.embedded.child import ChildSpec
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.process import wait_until
from deploy.embedded.supervisor import Periodic, Supervisor, read_status
from tests.support.waiting import GENEROUS_S

SLEEP = ("sleep", "600")
DEAF = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(600)",
)


@contextmanager
def supervised(
    data_dir: Path,
    *children: ChildSpec,
    periodic: tuple[Periodic, ...] = (),
    ready: bool = True,
    stream: io.StringIO | None = None,
) -> Iterator[Supervisor]:
    """A supervisor on its own thread, stopped and joined at the end."""
    supervisor = Supervisor(data_dir, children, periodic=periodic, stream=stream or io.StringIO())
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        assert not ready or supervisor.wait_ready(10)
        yield supervisor
    finally:
        supervisor.stop()
        thread.join(GENEROUS_S)
        assert not thread.is_alive()


def child(supervisor: Supervisor, name: str) -> dict[str, Any]:
    children: Any = supervisor.status()["children"]
    report: dict[str, Any] = children[name]
    return report


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def append(path: Path, word: str) -> tuple[str, ...]:
    """A service that records its start and its end."""
    program = "trap 'echo -$1 >>$0; exit' TERM; echo +$1 >>$0; while :; do sleep 0.05; done"
    return ("sh", "-c", program, str(path), word)


def test_children_start_in_order_and_stop_in_reverse(data_dir: Path) -> None:
    diary = data_dir / "diary"
    with supervised(
        data_dir,
        ChildSpec(name="c", argv=append(diary, "c"), after=("b",), ready=lambda: "+c" in diary.read_text()),
        ChildSpec(name="b", argv=append(diary, "b"), after=("a",), ready=lambda: "+b" in diary.read_text()),
        ChildSpec(name="a", argv=append(diary, "a"), ready=lambda: diary.exists() and "+a" in diary.read_text()),
    ):
        pass
    assert diary.read_text().split() == ["+a", "+b", "+c", "-c", "-b", "-a"]


def test_a_child_waits_for_the_task_before_it(data_dir: Path) -> None:
    done = data_dir / "done"
    with supervised(
        data_dir,
        ChildSpec(name="migrate", argv=("sh", "-c", f"sleep 0.3; touch {done}"), once=True),
        ChildSpec(name="api", argv=("sh", "-c", f"test -e {done} && sleep 600"), after=("migrate",)),
    ) as supervisor:
        assert child(supervisor, "migrate")["state"] == "done"
        assert child(supervisor, "api")["restarts"] == 0


def test_a_task_that_fails_is_retried(data_dir: Path) -> None:
    mark = data_dir / "mark"
    argv = ("sh", "-c", f"test -e {mark} && exit 0; touch {mark}; exit 3")
    with supervised(data_dir, ChildSpec(name="migrate", argv=argv, once=True)) as supervisor:
        assert child(supervisor, "migrate")["restarts"] == 1


def test_a_child_that_keeps_ending_is_restarted_with_growing_waits(data_dir: Path) -> None:
    with supervised(data_dir, ChildSpec(name="bad", argv=("sh", "-c", "exit 7")), ready=False) as supervisor:
        assert wait_until(lambda: child(supervisor, "bad")["restarts"] >= 2, GENEROUS_S)
        assert child(supervisor, "bad")["last_exit"] == "exit status 7"
        time.sleep(1.0)
        assert child(supervisor, "bad")["restarts"] <= 5


def test_a_missing_program_is_reported_and_does_not_crash_the_supervisor(data_dir: Path) -> None:
    missing = ChildSpec(name="missing", argv=("/no/such/program",))
    with supervised(data_dir, missing, ChildSpec(name="good", argv=SLEEP), ready=False) as supervisor:
        assert wait_until(lambda: child(supervisor, "missing")["restarts"] >= 1, GENEROUS_S)
        assert child(supervisor, "missing")["last_exit"] == "exit status 127"
        assert child(supervisor, "good")["state"] == "ready"
        assert "cannot start /no/such/program" in (data_dir / "logs" / "missing.log").read_text()


def test_a_preparation_that_fails_is_a_failed_start(data_dir: Path) -> None:
    def refuse() -> None:
        raise EmbeddedError("broker_port_busy", "port 1883 is taken", "Choose another.")

    spec = ChildSpec(name="broker", argv=SLEEP, before_start=refuse)
    with supervised(data_dir, spec, ready=False) as supervisor:
        assert wait_until(lambda: child(supervisor, "broker")["restarts"] >= 1, GENEROUS_S)
        assert "broker_port_busy" in child(supervisor, "broker")["last_exit"]


def test_a_child_that_never_becomes_ready_is_restarted(data_dir: Path) -> None:
    spec = ChildSpec(name="deaf", argv=SLEEP, ready=lambda: False, ready_timeout=0.2)
    with supervised(data_dir, spec, ready=False) as supervisor:
        assert wait_until(lambda: child(supervisor, "deaf")["restarts"] >= 1, GENEROUS_S)
        assert child(supervisor, "deaf")["last_exit"].startswith("killed by SIGKILL: it was not ready after")


def test_a_port_that_stays_in_use_ends_the_stack_with_a_reason(data_dir: Path) -> None:
    def refuse() -> None:
        raise EmbeddedError("port_taken", "console port 8080 is taken", "Choose another port.")

    specs = [ChildSpec(name="api", argv=SLEEP, before_start=refuse), ChildSpec(name="good", argv=SLEEP)]
    supervisor = Supervisor(data_dir, specs, stream=io.StringIO())
    with pytest.raises(EmbeddedError, match="8080 is taken"):
        supervisor.run()
    assert child(supervisor, "good")["state"] == "stopped"


def test_a_slow_child_with_progress_is_not_restarted(data_dir: Path) -> None:
    steps, asked = itertools.count(), []

    def progress() -> float:
        asked.append(time.monotonic())
        return next(steps)

    def ready() -> bool:
        return len(asked) > 1 and asked[-1] - asked[0] > 1.0

    spec = ChildSpec(name="slow", argv=SLEEP, ready=ready, progress=progress, ready_timeout=0.3)
    with supervised(data_dir, spec) as supervisor:
        assert child(supervisor, "slow")["restarts"] == 0


def test_a_child_that_stops_making_progress_is_restarted(data_dir: Path) -> None:
    spec = ChildSpec(name="hung", argv=SLEEP, ready=lambda: False, progress=lambda: 7.0, ready_timeout=0.2)
    with supervised(data_dir, spec, ready=False) as supervisor:
        assert wait_until(lambda: child(supervisor, "hung")["restarts"] >= 1, GENEROUS_S)


def test_a_child_that_ignores_signals_is_killed_after_its_grace_period(data_dir: Path) -> None:
    log = data_dir / "logs" / "deaf.log"
    spec = ChildSpec(name="deaf", argv=DEAF, grace=0.3, ready=lambda: log.exists() and "up" in log.read_text())
    with supervised(data_dir, spec) as supervisor:
        pid = child(supervisor, "deaf")["pid"]
        asked = time.monotonic()
    assert 0.3 <= time.monotonic() - asked < GENEROUS_S
    assert not alive(pid)


def test_processes_in_a_childs_group_end_with_it(data_dir: Path) -> None:
    note = data_dir / "pid"
    argv = ("sh", "-c", f"sleep 600 & echo $! >{note}.new; mv {note}.new {note}; wait")
    with supervised(data_dir, ChildSpec(name="parent", argv=argv, ready=note.exists)) as supervisor:
        grandchild = int(note.read_text())
        note.unlink()
        os.kill(child(supervisor, "parent")["pid"], signal.SIGKILL)
        assert wait_until(lambda: not alive(grandchild), GENEROUS_S)
        assert wait_until(note.exists, GENEROUS_S)
    assert wait_until(lambda: not alive(int(note.read_text())), GENEROUS_S)


def test_the_status_file_has_what_doctor_needs(data_dir: Path) -> None:
    with supervised(data_dir, ChildSpec(name="sleeper", argv=SLEEP)) as supervisor:
        assert wait_until(lambda: read_status(data_dir) == supervisor.status(), GENEROUS_S)
        status: Any = read_status(data_dir)
        assert status["pid"] == os.getpid()
        assert status["state"] == "running"
        assert set(status["children"]["sleeper"]) == {"state", "since", "pid", "restarts", "last_exit"}
        assert alive(status["children"]["sleeper"]["pid"])
    status = json.loads((data_dir / "run" / "status.json").read_text())
    assert status["state"] == "stopped"
    assert status["children"]["sleeper"]["state"] == "stopped"
    assert status["children"]["sleeper"]["pid"] is None


def test_lines_go_to_one_stream_and_to_a_file_per_child(data_dir: Path) -> None:
    argv = (sys.executable, "-c", "import time; print('你好'); time.sleep(600)")
    with supervised(data_dir, ChildSpec(name="talker", argv=argv)) as supervisor:
        log = data_dir / "logs" / "talker.log"
        assert wait_until(lambda: log.exists() and log.read_text() == "你好\n", GENEROUS_S)  # unbuffered
        stream = supervisor.output._stream
        assert isinstance(stream, io.StringIO)
        assert wait_until(lambda: "talker       | 你好\n" in stream.getvalue(), GENEROUS_S)


def test_chores_run_beside_the_children_and_survive_their_failures(data_dir: Path) -> None:
    calls: list[int] = []

    def chore() -> None:
        calls.append(1)
        raise ConnectionError("away")

    chores = (Periodic(name="refresh", seconds=0.02, call=chore),)
    with supervised(data_dir, ChildSpec(name="sleeper", argv=SLEEP), periodic=chores) as supervisor:
        assert wait_until(lambda: len(calls) > 3, GENEROUS_S)
        stream = supervisor.output._stream
        assert isinstance(stream, io.StringIO)
        assert stream.getvalue().count("away") == 1


def test_a_second_supervisor_on_the_folder_is_refused(data_dir: Path) -> None:
    with supervised(data_dir, ChildSpec(name="sleeper", argv=SLEEP)):
        with pytest.raises(EmbeddedError) as refused:
            Supervisor(data_dir, []).run()
        assert refused.value.code == "data_folder_busy"
        assert str(os.getpid()) in refused.value.message


def test_it_reports_when_everything_is_ready_and_again_after_an_outage(data_dir: Path) -> None:
    said, allowed = io.StringIO(), threading.Event()
    quick = ChildSpec(name="quick", argv=SLEEP)
    slow = ChildSpec(name="slow", argv=SLEEP, ready=allowed.is_set)
    with supervised(data_dir, quick, slow, ready=False, stream=said) as supervisor:
        assert wait_until(lambda: child(supervisor, "quick")["state"] == "ready", GENEROUS_S)
        assert wait_until(lambda: child(supervisor, "slow")["state"] == "starting", GENEROUS_S)
        assert "everything is ready" not in said.getvalue()
        allowed.set()
        assert wait_until(lambda: said.getvalue().count("everything is ready") == 1, GENEROUS_S)
        os.kill(child(supervisor, "quick")["pid"], signal.SIGKILL)
        assert wait_until(lambda: said.getvalue().count("everything is ready") == 2, GENEROUS_S)
