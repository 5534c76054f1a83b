"""Run work of the alerts role once, and die at the n-th SQL statement.

`python -m tests.support.dying URL N MOMENT WORK`
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg

from alerts.duties.dispatch import count_today
from alerts.duties.supervision import mark_late, plan
from alerts.duties.warnings.evaluating import evaluate, evaluate_due
from alerts.hazards.accountability import assign_waiting
from alerts.hazards.escalation import escalate
from alerts.hazards.tasks import raise_overdue
from alerts.indices.scheduled import run_due
from models.store import Store, Write
from models.store.connect import WORKER

_Sweep = Callable[..., int]


def _each(*sweeps: _Sweep) -> Callable[[Store, datetime], None]:
    """Return what runs several sweeps, each in a transaction of its own."""

    def run(store: Store, at: datetime) -> None:
        for sweep in sweeps:
            with store.write() as w:
                sweep(w, at=at)

    return run


def _plan_three(w: Write, *, at: datetime) -> int:
    """Plan visits of three enterprises, so that a night takes several transactions."""
    return plan(w, at=at, limit=3)


WORK: dict[str, Callable[[Store, datetime], object]] = {
    "deadlines": _each(raise_overdue, escalate, assign_waiting),
    "night": _each(_plan_three, _plan_three, mark_late, evaluate, count_today),
    "marks": _each(evaluate_due),
    "indices": lambda store, at: run_due(store, at=at),
}


def main(url: str, last: int, at: datetime, work: str) -> None:
    """Work; SIGKILL instead of statement `last`. Prints nothing and ends with 0 if there were fewer."""
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
        WORK[work](store, at)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), datetime.fromisoformat(sys.argv[3]), sys.argv[4])
