"""Wait for a condition, with a bound that also suffices on a busy machine."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")
GENEROUS_S = 60.0
"""Seconds after which a wait fails. It bounds a failure and is no statement about speed."""
START_S = 300.0
"""The same for a whole platform, whose first start loads programs and compiles a network."""
_TAIL = 40


def wait_for(look: Callable[[], T | None], *, timeout_s: float = GENEROUS_S, log: Path | None = None) -> T:
    """Wait until `look` returns something true, and return it.

    A failure shows the last value and the last lines of `log`.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"still {found!r} after {timeout_s:g} s{'' if log is None else tail(log)}")
        time.sleep(0.05)


def tail(log: Path) -> str:
    """The last lines of a log, without the requests that were answered."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else ["(no such file)"]
    told = [line for line in lines if '"event": "request"' not in line]
    return "\n".join(["", f"--- {log}", *told[-_TAIL:]])
