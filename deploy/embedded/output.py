"""Collect the output of the children: one stream with name prefixes, and a bounded log file per child."""

import contextlib
import itertools
import os
import queue
import sys
import threading
from pathlib import Path
from typing import BinaryIO, TextIO

from deploy.embedded.process import wait_until

LONGEST_LINE = 16 * 1024
FILE_BYTES = 5 * 1024 * 1024
OLD_FILES = 2
WAITING_LINES = 2_000


class RotatingFile:
    """A log file that is renamed to `.1`, `.2` … when full. On a full disk it loses lines and raises nothing."""

    def __init__(self, path: Path, *, limit: int = FILE_BYTES, keep: int = OLD_FILES) -> None:
        """Open the file for appending.

        Args:
            path: The newest file.
            limit: Bytes after which it is renamed.
            keep: Number of old files to keep.
        """
        self.path = path
        self.limit = limit
        self.keep = keep
        self._open()

    def _open(self) -> None:
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(handle, "ab", buffering=0)

    def write(self, line: bytes) -> None:
        """Append one line; rotate the files first if the line would exceed the limit."""
        with contextlib.suppress(OSError):
            if self._file.tell() + len(line) > self.limit:
                self._turn_over()
            self._file.write(line)

    def _turn_over(self) -> None:
        names = [self.path, *(self.path.with_name(f"{self.path.name}.{n}") for n in range(1, self.keep + 1))]
        for younger, older in reversed(list(itertools.pairwise(names))):
            if younger.exists():
                younger.replace(older)
        self._file.close()
        self._open()

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(OSError):
            self._file.close()


class Output:
    """The common stream and the folder of the log files.

    If the stream does not accept lines (a stopped terminal, a pipe that nobody reads), they are lost and counted in
    `dropped`; the files and the children continue.
    """

    def __init__(self, logs: Path, stream: TextIO | None = None) -> None:
        self.logs = logs
        self.dropped = 0
        self._stream = stream if stream is not None else sys.stderr
        self._lines: queue.Queue[str] = queue.Queue(maxsize=WAITING_LINES)
        self._followers: list[threading.Thread] = []
        threading.Thread(target=self._show, name="output", daemon=True).start()

    def say(self, name: str, text: str) -> None:
        """Queue one line for the common stream; never blocks."""
        try:
            self._lines.put_nowait(f"{name:<12} | {text}\n")
        except queue.Full:
            self.dropped += 1

    def _show(self) -> None:
        while True:
            line = self._lines.get()
            with contextlib.suppress(OSError, ValueError):  # a closed terminal must not stop the stack
                self._stream.write(line)
                self._stream.flush()
            self._lines.task_done()

    def follow(self, name: str, pipe: BinaryIO) -> None:
        """Copy the output of a child from `pipe` until it ends, on a thread of its own."""
        self._followers = [thread for thread in self._followers if thread.is_alive()]
        thread = threading.Thread(target=self._copy, args=(name, pipe), name=f"output-{name}", daemon=True)
        self._followers.append(thread)
        thread.start()

    def drain(self, timeout: float) -> bool:
        """Wait until all output of the children is written; return whether it was within `timeout` seconds."""
        return wait_until(
            lambda: not any(thread.is_alive() for thread in self._followers) and not self._lines.unfinished_tasks,
            timeout,
        )

    def _copy(self, name: str, pipe: BinaryIO) -> None:
        file = RotatingFile(self.logs / f"{name}.log")
        try:
            with pipe:
                while line := pipe.readline(LONGEST_LINE):
                    line = line if line.endswith(b"\n") else line + b"\n"
                    file.write(line)
                    self.say(name, line.decode(errors="replace").rstrip("\r\n"))
        finally:
            file.close()
