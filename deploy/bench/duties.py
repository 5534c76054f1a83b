"""A night's run over the duties of a province: plan visits, warn, compute the index; and export the enterprises.

Three databases with 1,000, 10,000 and 126,000 enterprises; each work item is timed by what was due: visits made,
warnings opened, indices computed, rows exported. The peer of the largest is the smallest, in the same run.
"""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts.duties.lists import shipped
from alerts.duties.supervision import plan
from alerts.duties.warnings.evaluating import evaluate
from alerts.exchange.listing import rows
from alerts.exchange.sets import FIELDS
from alerts.indices.computing import compute_month
from api.documents.tables import Column, TableFormat, blocks
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.postgres import EmbeddedPostgres
from models.base.clock import SHANGHAI
from models.catalogue.exchange_terms import DataSet
from models.domain.access import SYSTEM
from models.store import Store, migrate, pledges, registry, synthetic, synthetic_duties
from models.store.connect import Write, write_once
from models.store.exchange import Within

TENANT = "simulated"
SIZES = (1_000, 10_000, 126_000)
AT = datetime(2026, 10, 8, 22, tzinfo=UTC)
"""In the small hours of a day of a quarter's second week: every enterprise's visit is due to be planned."""
FILLING = {"wal_level": "minimal", "max_wal_senders": "0", "autovacuum": "off"}
"""Settings of a server while a throw-away database is filled; what is measured runs with those of the platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyFigures:
    """Seconds and the number of items by number of enterprises; the ratios compare the time per item."""

    days: int
    due: dict[str, dict[str, int]]
    seconds: dict[str, dict[str, float]]
    ratio_per_entity: dict[str, float]


def measure(*, sizes: tuple[int, ...], days: int) -> DutyFigures:
    """Run the whole measurement on throw-away databases."""
    seconds: dict[str, dict[str, float]] = {}
    due: dict[str, dict[str, int]] = {}
    for size in sizes:
        with _province(size, days=days, at=AT) as store:
            seconds[str(size)], due[str(size)] = _night(store)
    small, large = str(sizes[0]), str(sizes[-1])

    def per_item(size: str, kind: str) -> float:
        return seconds[size][kind] / due[size][kind]

    return DutyFigures(
        days=days,
        due=due,
        seconds=seconds,
        ratio_per_entity={kind: round(per_item(large, kind) / per_item(small, kind), 2) for kind in seconds[large]},
    )


def generate(url: str, *, entities: int, days: int, at: datetime, tenant: str = TENANT) -> None:
    """Fill an empty, migrated database with enterprises, cadres and `days` days of history before `at`.

    Raises:
        Conflict: the database has an enterprise.
    """
    with write_once(url) as w:
        synthetic_duties.require_empty(w)
        registry.add_tenant(w, tenant_id=tenant, name="模拟省份")
        pledges.set_template(w, shipped().version)
    for first in range(0, entities, synthetic_duties.CHUNK):
        last = min(first + synthetic_duties.CHUNK, entities) - 1
        with write_once(url) as w:
            synthetic_duties.add_chunk(w, tenant_id=tenant, first=first, last=last, days=days, at=at)
    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(_fill, url, fill, days, at) for fill in _HISTORY]:
            done.result()
    with write_once(url) as w:
        synthetic_duties.mark_pledges(w)
    synthetic.tidy(url)


_HISTORY = (synthetic_duties.add_days, synthetic_duties.add_reports)
"""What makes the two large tables, each in one transaction on a connection of its own."""


def _fill(url: str, fill: Callable[..., None], days: int, at: datetime) -> None:
    with write_once(url) as w:
        fill(w, days=days, at=at)


@contextmanager
def _province(entities: int, *, days: int, at: datetime) -> Iterator[Store]:
    with temporary_data_dir() as folder:
        _filled(folder, entities=entities, days=days, at=at)
        with EmbeddedPostgres(folder).running() as postgres, Store(postgres.dsn()) as store:
            yield store


def _filled(folder: Path, *, entities: int, days: int, at: datetime) -> None:
    """Fill a database by a server that need not survive a power cut; all of it is on disk when this returns."""
    with EmbeddedPostgres(folder, durable=False, settings=FILLING).running() as postgres:
        postgres.ensure_database()
        migrate(postgres.dsn())
        generate(postgres.dsn(), entities=entities, days=days, at=at)
    os.sync()


def _night(store: Store) -> tuple[dict[str, float], dict[str, int]]:
    month = f"{AT.astimezone(SHANGHAI).replace(day=1) - timedelta(days=1):%Y-%m}"
    work: dict[str, Callable[[Write], int]] = {
        "generate": lambda w: plan(w, at=AT),
        "warnings": lambda w: evaluate(w, at=AT),
        "index": lambda w: compute_month(w, TENANT, month, by=SYSTEM, at=AT).changed,
    }
    seconds, due = {}, {}
    for kind, step in work.items():
        began, done = time.perf_counter(), 0
        while True:
            with store.write() as w:
                count = step(w)
            done += count
            if not count:
                break
        seconds[kind], due[kind] = round(time.perf_counter() - began, 2), done
        if not done:
            raise RuntimeError(f"{kind}: nothing was due")
    began = time.perf_counter()
    due["export"] = _exported(store)
    seconds["export"] = round(time.perf_counter() - began, 4)
    return seconds, due


def _exported(store: Store) -> int:
    """Make the enterprises of the province as CSV; return how many rows it has."""
    columns = [Column(name=field.name, heading=field.heading) for field in FIELDS[DataSet.entities]]
    of = Within(tenant_id=TENANT, within="")
    found = rows(store.read, DataSet.entities, of=of, since=None, words=True)
    return sum(block.count(b"\n") for block in blocks(TableFormat.csv, columns, found)) - 1
