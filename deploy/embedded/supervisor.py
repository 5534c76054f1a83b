"""Run the children of the embedded stack in order, and restart them, until it is asked to stop."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TextIO

from deploy.embedded import folder
from deploy.embedded.child import ChildSpec, start_order
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.output import Output
from deploy.embedded.process import wait_until
from deploy.embedded.supervised import ALIVE, AT_REST, SATISFIED, ChildState, Supervised
from models.base.atomic import write_atomically

__all__ = ["ChildSpec", "Periodic", "Supervisor", "read_status", "status_path"]

TICK_SECONDS = 0.05
DRAIN_SECONDS = 2.0
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic:
    """A short chore that runs beside the children, for example `Broker.refresh` every few seconds.

    Attributes:
        name: Word for its lines in the output.
        seconds: Pause between two runs.
        call: Function to call; an exception is shown and the chore continues.
    """

    name: str
    seconds: float
    call: Callable[[], object]


def status_path(data_dir: Path) -> Path:
    """Return the file into which the supervisor of this data folder writes the states of its children."""
    return data_dir / "run" / "status.json"


def read_status(data_dir: Path) -> dict[str, object] | None:
    """Return the last written status as JSON values; None if there is none.

    The file may outlive its supervisor; `DataLock` knows whether the supervisor still runs.
    """
    try:
        found = json.loads(status_path(data_dir).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


class Supervisor:
    """Starts each child after those it needs, restarts a child that ends, stops all in reverse order.

    Blocking work (`ready`, `before_start`) happens on the supervising thread, so it must be short.
    """

    def __init__(
        self,
        data_dir: Path,
        children: Sequence[ChildSpec],
        *,
        periodic: Sequence[Periodic] = (),
        lock: folder.DataLock | None = None,
        stream: TextIO | None = None,
    ) -> None:
        """Describe the stack; `run` starts it.

        Args:
            data_dir: The platform's data folder; logs go to `logs`, the status to `run/status.json`.
            children: Programs to run.
            periodic: Chores to run beside them.
            lock: The folder's lock if the caller holds it already; else `run` takes it.
            stream: Receives the children's lines; standard error by default.
        """
        self.data_dir = folder.prepare_data_dir(data_dir)
        self.output = Output(self.data_dir / "logs", stream or sys.stderr)
        specs = start_order(tuple(children))
        self._children = {spec.name: Supervised(spec=spec, output=self.output) for spec in specs}
        self._periodic = tuple(periodic)
        self._lock = lock
        self._stops = 0
        self._hopeless: EmbeddedError | None = None
        self._written = ""
        self._all_ready = False
        self._over = threading.Event()

    def run(self) -> None:
        """Run until `stop` or SIGTERM, SIGINT or SIGHUP; a second signal kills what has not ended yet.

        Signals are handled only if this is the main thread.

        Raises:
            EmbeddedError: `data_folder_busy` if another supervisor holds the folder; a child's own error, if no
                further start can succeed.
        """
        if self._lock is None:
            with folder.DataLock(self.data_dir):
                self._run()
        else:
            self._run()

    def _run(self) -> None:
        self.output.logs.mkdir(exist_ok=True, mode=folder.PRIVATE_FOLDER)
        folder.passable_folder(status_path(self.data_dir).parent)
        with self._signals():
            self._start_periodic()
            try:
                while not self._finished():
                    self._step()
                    time.sleep(TICK_SECONDS)
            finally:
                self._kill_all()
                self._over.set()
                self._write_status()
                self.output.drain(DRAIN_SECONDS)
        if self._hopeless is not None:
            raise self._hopeless

    def _finished(self) -> bool:
        return self._stops > 0 and all(child.state in AT_REST for child in self._children.values())

    def _step(self) -> None:
        for child in self._children.values():
            child.observe()
            if child.hopeless is not None and self._hopeless is None:
                self._hopeless = child.hopeless
                self.output.say(child.spec.name, f"giving up: {child.hopeless}")
                self.stop()
        if self._stops:
            self._stop_next()
        else:
            self._start_next()
            self._say_when_ready()
        self._write_status()

    def _start_next(self) -> None:
        for child in self._children.values():
            if child.is_due() and all(self._children[name].state in SATISFIED for name in child.spec.after):
                child.start()

    def _say_when_ready(self) -> None:
        """Print once that everything is ready, and again after a child was not ready."""
        before, self._all_ready = self._all_ready, self._is_ready()
        if self._all_ready and not before:
            self.output.say("supervisor", "everything is ready")

    def _is_ready(self) -> bool:
        return all(child.state in SATISFIED for child in self._children.values())

    def _stop_next(self) -> None:
        """Stop every child that no running child needs; after the second signal kill all."""
        if self._stops > 1:
            self._kill_all()
        needed = {name for child in self._children.values() if child.state not in AT_REST for name in child.spec.after}
        for name, child in self._children.items():
            if name not in needed and child.state not in {*AT_REST, ChildState.STOPPING}:
                child.stop()

    def _kill_all(self) -> None:
        for child in self._children.values():
            if child.state in ALIVE:
                child.kill()

    def stop(self) -> None:
        """Request an orderly stop, from any thread; `run` returns when it is done."""
        self._stops += 1  # only count: a signal handler that takes a lock can deadlock

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Let the stop signals end `run`, and restore their handlers afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def handle(_number: int, _frame: FrameType | None) -> None:
            self.stop()

        before = {number: signal.signal(number, handle) for number in STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start_periodic(self) -> None:
        for chore in self._periodic:
            threading.Thread(target=self._repeat, args=(chore,), name=f"chore-{chore.name}", daemon=True).start()

    def _repeat(self, chore: Periodic) -> None:
        said = ""
        while not self._over.wait(chore.seconds):
            try:
                chore.call()
                said = ""
            except Exception as error:  # noqa: BLE001 - a chore must not end the stack
                if str(error) != said:  # once, not every few seconds
                    said = str(error)
                    self.output.say(chore.name, f"failed: {error}")

    def status(self) -> dict[str, object]:
        """Return the content of `status.json`: the supervisor's pid and state, and a report for every child."""
        state = "stopping" if self._stops else "running"
        return {
            "pid": os.getpid(),
            "state": "stopped" if self._over.is_set() else state,
            "children": {name: child.report() for name, child in self._children.items()},
        }

    def _write_status(self) -> None:
        text = json.dumps(self.status(), indent=1)
        if text == self._written:
            return
        try:
            write_atomically(status_path(self.data_dir), text, mode=0o644)
            self._written = text
        except OSError as error:
            self.output.say("supervisor", f"cannot write the status: {error}")

    def wait_ready(self, timeout: float) -> bool:
        """Wait until every service is ready and every task done; return whether they are. Not for `run`'s thread."""
        return wait_until(self._is_ready, timeout)
