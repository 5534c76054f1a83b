"""Judging sensor series: milliseconds of one alerts process for a series with a new reading.

The peer is what no judge can do without: reading the same series, one after the other, in the same run.
"""

import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.findings.series import check_series
from deploy.bench.enterprise import one_enterprise
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.postgres import EmbeddedPostgres
from models.base.clock import SystemClock
from models.store import Store, migrate, readings, synthetic, synthetic_province
from models.store.connect import write_once
from models.store.readings import ReadingRow

TENANT, CODE = "bench", "fridge_temp"
EVERY = timedelta(minutes=1)
MINUTES = 60
"""Minutes of history, more than the rules of `CODE` look back."""
LOOK_BACK = timedelta(minutes=50)
"""As far as the rules of `CODE` look back."""
WARM = 50
"""One sensor in so many is too warm all the time."""
ROUNDS = 5
WARM_UP = 1
"""The first round opens the alerts and fills the caches; it is not counted."""
AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesFigures:
    """Median milliseconds of a series with a new reading, 200 in a transaction; `bare_ms` only reads it."""

    sensors: int
    points: int
    judged_per_s: float
    judged_ms: float
    bare_ms: float
    ratio_to_bare: float


def measure(*, sensors: int) -> SeriesFigures:
    """Run the whole measurement on a throw-away database."""
    with temporary_data_dir() as folder, EmbeddedPostgres(folder).running() as postgres:
        postgres.ensure_database()
        migrate(postgres.dsn())
        with Store(postgres.dsn()) as store:
            names = _register(store, postgres.dsn(), sensors)
            began = SystemClock().now() - EVERY * MINUTES
            with store.write() as w:
                for minute in range(MINUTES):
                    readings.store_readings(w, _rows(names, at=began + minute * EVERY, seq=minute))
            synthetic.tidy(postgres.dsn())
            return _timed(store, names, began=began + MINUTES * EVERY)


def _register(store: Store, url: str, sensors: int) -> list[str]:
    with store.write() as w:
        entity = one_enterprise(w, tenant=TENANT, region=synthetic_province.REGION)
    kitchens = sensors // synthetic_province.DEVICES
    with write_once(url) as w:
        synthetic_province.add_sites(
            w, tenant_id=TENANT, entity_id=entity.id, first=0, last=kitchens - 1, cameras=0, mqtt_hash=""
        )
    return [f"d{kitchen:06}-{i}" for kitchen in range(kitchens) for i in range(synthetic_province.DEVICES)]


def _rows(names: list[str], *, at: datetime, seq: int) -> Iterator[ReadingRow]:
    draw = random.Random(seq)  # noqa: S311 - no secret
    for number, name in enumerate(names):
        value = (12.0 if number % WARM == 0 else 4.0) + draw.uniform(-0.5, 0.5)
        yield ReadingRow(device_id=name, code=CODE, occurred_at=at, seq=seq, received_at=at, value=value, late=False)


def _timed(store: Store, names: list[str], *, began: datetime) -> SeriesFigures:
    judged, bare, points = [], [], 0
    for number in range(ROUNDS + WARM_UP):
        at = began + number * EVERY
        with store.write() as w:
            readings.store_readings(w, _rows(names, at=at, seq=MINUTES + number))
        begin, count = time.perf_counter(), 0
        while found := _some(store, at=SystemClock().now()):
            count += found
        judged.append((time.perf_counter() - begin) * 1000 / count)
        begin, points = time.perf_counter(), 0
        for first in range(0, len(names), AT_ONCE):
            with store.read() as r:
                for name in names[first : first + AT_ONCE]:
                    params = {"device_id": name, "code": CODE, "since": at - LOOK_BACK, "limit": 50_000}
                    points += len(r.tuples("readings", "series_raw", params))
        bare.append((time.perf_counter() - begin) * 1000 / len(names))
    judged_ms, bare_ms = statistics.median(judged[WARM_UP:]), statistics.median(bare[WARM_UP:])
    return SeriesFigures(
        sensors=len(names),
        points=points // len(names),
        judged_per_s=round(1000 / judged_ms, 1),
        judged_ms=round(judged_ms, 3),
        bare_ms=round(bare_ms, 3),
        ratio_to_bare=round(judged_ms / bare_ms, 2),
    )


def _some(store: Store, *, at: datetime) -> int:
    with store.write() as w:
        return check_series(w, at=at, limit=AT_ONCE)
