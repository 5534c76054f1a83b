"""Run the deadline sweeps once and die at the n-th SQL statement: `python -m tests.support.dying URL N MOMENT`."""

import os
import signal
import sys
from datetime import datetime
from typing import Any

import psycopg

from alerts.hazards.accountability import assign_waiting
from alerts.hazards.escalation import escalate
from alerts.hazards.tasks import raise_overdue
from models.store import Store
from models.store.connect import WORKER


def main(url: str, last: int, at: datetime) -> None:
    """Sweep; SIGKILL instead of statement `last`. Prints nothing and ends with 0 if there were fewer."""
    plain = psycopg.Cursor.execute
    done = 0

    def execute(self: psycopg.Cursor[Any], *args: Any, **more: Any) -> psycopg.Cursor[Any]:  # noqa: ANN401 - as the original
        nonlocal done
        done += 1
        if done == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return plain(self, *args, **more)

    with Store(url, role=WORKER, size=1) as store:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]
        for sweep in (raise_overdue, escalate, assign_waiting):
            with store.write() as w:
                sweep(w, at=at)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), datetime.fromisoformat(sys.argv[3]))
