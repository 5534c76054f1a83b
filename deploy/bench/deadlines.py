"""The sweep over deadlines: how long it takes to raise 100 tasks among 1,000, 10,000 and 300,000 open ones.

The peer is a plain scan that looks at each task, in the same run and on the same rows.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from alerts.hazards.tasks import raise_overdue
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.postgres import EmbeddedPostgres
from models.base.errors import Invalid
from models.store import Store, migrate, registry, synthetic
from models.store.connect import write_once

TENANT = "bench"
BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
ENTITIES = 100_000
DUE = 100
ROUNDS = 9
WARM_UP = 1
"""The first sweep of each size fills the caches and is not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineFigures:
    """Median seconds by number of open tasks; the ratio compares the largest with the smallest."""

    due: int
    closed: int
    seconds: dict[str, float]
    scan_seconds: dict[str, float]
    ratio_300k_to_1k: float
    scan_ratio_300k_to_1k: float


def measure(*, closed: int, sizes: tuple[int, ...] = (1_000, 10_000, 300_000)) -> DeadlineFigures:
    """Run the whole measurement on a throw-away database."""
    needed = DUE * (ROUNDS + WARM_UP)
    if sizes[0] < needed:
        raise Invalid(f"{sizes[0]} open tasks: expected at least {needed}")
    swept: dict[str, float] = {}
    scanned: dict[str, float] = {}
    with temporary_data_dir() as folder, EmbeddedPostgres(folder).running() as postgres:
        postgres.ensure_database()
        url = postgres.dsn()
        migrate(url)
        with write_once(url) as w:
            registry.add_tenant(w, tenant_id=TENANT, name=TENANT)
            synthetic.add_entities(w, tenant_id=TENANT, count=ENTITIES)
        _add(url, first=sizes[-1] + 1, last=sizes[-1] + closed, closed=True, minute=0)
        known = 0
        with Store(url) as store:
            for number, size in enumerate(sizes):
                minute = number * (ROUNDS + WARM_UP)
                _add(url, first=known + 1, last=size, closed=False, minute=minute)
                known = size
                swept[str(size)], scanned[str(size)] = _timed(store, minute=minute)
    smallest, largest = str(sizes[0]), str(sizes[-1])
    return DeadlineFigures(
        due=DUE,
        closed=closed,
        seconds=swept,
        scan_seconds=scanned,
        ratio_300k_to_1k=round(swept[largest] / swept[smallest], 3),
        scan_ratio_300k_to_1k=round(scanned[largest] / scanned[smallest], 3),
    )


def _add(url: str, *, first: int, last: int, closed: bool, minute: int) -> None:
    if last < first:
        return
    with write_once(url) as w:
        synthetic.add_tasks(
            w,
            tenant_id=TENANT,
            first=first,
            last=last,
            entities=ENTITIES,
            closed=closed,
            due=DUE * (ROUNDS + WARM_UP),
            group=DUE,
            minute=minute,
            at=BEGIN,
        )
    synthetic.tidy(url)


def _timed(store: Store, *, minute: int) -> tuple[float, float]:
    """Median seconds of a sweep that raises `DUE` tasks, and of the peer's look at all."""
    sweeps, scans = [], []
    for number in range(ROUNDS + WARM_UP):
        at = BEGIN + timedelta(minutes=minute + number, seconds=1)
        with store.read() as r:
            scans.append(_seconds(partial(synthetic.plain_scan, r, at=at), expected=DUE))
        with store.write() as w:
            sweeps.append(_seconds(partial(raise_overdue, w, at=at), expected=DUE))
    return statistics.median(sweeps[WARM_UP:]), statistics.median(scans[WARM_UP:])


def _seconds(work: Callable[[], int], *, expected: int) -> float:
    began = time.perf_counter()
    found = work()
    took = time.perf_counter() - began
    if found != expected:
        raise RuntimeError(f"found {found} due tasks instead of {expected}")
    return took
