"""A page of the feed: how long 100 events take for each kind of scope, among ten thousand events and ten million.

The peer is bare SQL as the owner, without row-level security, on the index that fits best; same rows, same places, same
run. At every size a district has one event in a hundred; one enterprise has the same number of events at both sizes
(`OWN`), so that only what others have grows. Every place is read once before it is timed.
"""

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from api.feed.reading import Place, read_page
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.postgres import EmbeddedPostgres
from models.base.errors import Invalid
from models.store import Scope, Store, migrate, registry, synthetic
from models.store.connect import API, read_once, write_once

TENANT = "bench"
ENTITIES = 126_000
OWN = 1_000
LIMIT = 100
ROUNDS = 1000
WARM_UP = 30
SEED = 7
DISTRICT = "330699"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeFigures:
    """Milliseconds of the slowest page but one in a hundred; the ratios compare sizes, and with bare SQL."""

    p99_ms_10k: float
    p99_ms_10m: float
    p50_ms_10m: float
    bare_p99_ms_10m: float
    ratio_growth: float
    ratio_to_bare_sql: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFigures:
    """Figures by scope: the whole tenant, a district with a hundredth of the events, one enterprise."""

    events: int
    page: int
    scopes: dict[str, ScopeFigures]


def measure(*, events: int) -> FeedFigures:
    """Run the whole measurement on a throw-away database.

    Raises:
        Invalid: there are fewer events than a page for a district needs.
    """
    small = 10_000
    if events <= small:
        raise Invalid(f"{events} events: expected more than {small}")
    with temporary_data_dir() as folder, EmbeddedPostgres(folder).running() as postgres:
        postgres.ensure_database()
        url = postgres.dsn()
        migrate(url)
        with write_once(url) as w:
            registry.add_tenant(w, tenant_id=TENANT, name=TENANT)
            synthetic.add_entities(w, tenant_id=TENANT, count=ENTITIES)
        before = _measured(url, first=1, last=small)
        after = _measured(url, first=small + 1, last=events)
    scopes = {
        name: ScopeFigures(
            p99_ms_10k=before[name][0],
            p99_ms_10m=after[name][0],
            p50_ms_10m=after[name][1],
            bare_p99_ms_10m=after[name][2],
            ratio_growth=round(after[name][0] / before[name][0], 2),
            ratio_to_bare_sql=round(after[name][0] / after[name][2], 2),
        )
        for name in before
    }
    return FeedFigures(events=events, page=LIMIT, scopes=scopes)


def _measured(url: str, *, first: int, last: int) -> dict[str, tuple[float, float, float]]:
    """Add events; return (p99, p50, bare p99) in milliseconds by scope."""
    with write_once(url) as w:
        synthetic.add_events(w, tenant_id=TENANT, first=first, last=last, entities=ENTITIES, own=OWN)
    synthetic.tidy(url)
    with read_once(url) as r:
        enterprise: UUID = synthetic.entity(r, 0)
    scopes = {
        "tenant": Scope.of_tenant(TENANT),
        "district": Scope.of_region(TENANT, DISTRICT),
        "enterprise": Scope.of_entity(TENANT, enterprise, unreviewed=True),
    }
    found = {}
    with Store(url, role=API, size=1) as store, read_once(url) as bare:
        for name, scope in scopes.items():
            places = _places(name, last)

            def page(place: int, scope: Scope = scope) -> int:
                with store.read(scope) as r:
                    return len(read_page(r, Place(place, None), limit=LIMIT).events)

            def bare_page(place: int, name: str = name) -> int:
                return synthetic.bare_page(
                    bare, name, tenant_id=TENANT, region=DISTRICT, entity_id=enterprise, cursor=place, limit=LIMIT
                )

            for place in places:  # from the disk; the figures are of pages in memory, as those of the small feed are
                bare_page(place)
            ours, peers = _alternating(page, bare_page, places)
            found[name] = (_p99(ours), round(statistics.median(ours), 2), _p99(peers))
    return found


def _places(scope: str, last: int) -> list[int]:
    """Places after which the scope has a whole page: an enterprise has its first page in the beginning."""
    share = {"tenant": 1.0, "district": 0.01, "enterprise": OWN / last}[scope]
    furthest = max(0, int(last - 1.5 * LIMIT / share))
    chance = random.Random(SEED)  # noqa: S311 - places in a measurement
    return [chance.randint(0, furthest) for _ in range(ROUNDS + WARM_UP)]


def _alternating(
    ours: Callable[[int], int], peer: Callable[[int], int], places: list[int]
) -> tuple[list[float], list[float]]:
    """Time both on the same places by turns, so that neither has warmer caches; the first ones are not counted."""
    times: tuple[list[float], list[float]] = ([], [])
    for number, place in enumerate(places):
        order = (0, 1) if number % 2 else (1, 0)
        counts = [0, 0]
        for which in order:
            began = time.perf_counter()
            counts[which] = (ours, peer)[which](place)
            times[which].append(1000 * (time.perf_counter() - began))
        if counts[0] != counts[1] or not counts[0]:
            raise RuntimeError(f"a page after {place} has {counts[0]} events, bare SQL found {counts[1]}")
    return times[0][WARM_UP:], times[1][WARM_UP:]


def _p99(times: list[float]) -> float:
    return round(statistics.quantiles(times, n=100)[98], 2)
