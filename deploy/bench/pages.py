"""Every list of the API and every page of the console among 126,000 enterprises: how long the server takes, by role.

The lists and pages are those that the application has; one without values for its required parameters fails, so that a
new one is measured from its first day. The time is that of a call in process, the client included.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute

from alerts.duties.supervision import plan
from alerts.duties.warnings.evaluating import evaluate
from alerts.indices.computing import compute_month
from api.access.credentials import hash_password
from api.app import create_app
from api.settings import ApiSettings
from deploy.bench.duties import TENANT, generate
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.postgres import EmbeddedPostgres
from models.base.clock import SHANGHAI
from models.base.ids import uuid7
from models.catalogue.supervision_terms import BusinessKind
from models.catalogue.terms import GroupKind, Role
from models.domain.access import SYSTEM, User
from models.domain.groups import AccessGroup
from models.evidence.files import EvidenceFiles
from models.store import Store, access, groups, migrate, pledges, synthetic, synthetic_duties, synthetic_findings
from models.store.connect import API, Read, Write, read_once, write_once

PASSWORD = "bench of the pages"  # noqa: S105 - of a throw-away database
HISTORY = 31
"""Days of records that each enterprise has: what the pages of a month show."""
OWN = 2
"""The enterprise that looks at its own pages; it lies in the county."""
ROUNDS = 20
REGIONS_AT_ONCE = 20
WARM_UP = 2
SKIPPED = (
    "/v1/exports",
    "/v1/exchange",
    "/v1/snapshot",
    "/v1/events/stream",
    "/metrics",
    "/health",
    "/ready",
    "/openapi.json",
    "/docs",
    "/sign-on",
    "/welcome",
    "/console/login",
    "/console/welcome",
    "/logout",
    "/v1/public/",
    "/p/",
)
"""What is no list: whole data sets as files, streams, what a machine asks and what needs no log-in."""
DOCUMENTS = (".pdf", ".docx")
"""Documents to print, which are made and not listed."""
REFUSED = frozenset({302, 303, 307, 401, 403, 404})


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFigure:
    """One list or page as one role: milliseconds of nineteen calls of twenty, and of the median."""

    path: str
    role: str
    p95_ms: float
    p50_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesFigures:
    """All figures, the slowest first; `rows` says among how much."""

    rows: dict[str, int]
    worst_p95_ms: float
    over_50_ms: int
    pages: tuple[PageFigure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls: a name for the figures, a role, and where it applies."""

    name: str
    role: Role
    region: str | None = None
    entity: UUID | None = None
    group: UUID | None = None


def measure(*, entities: int, alerts: int, rounds: int = ROUNDS, only: str = "") -> PagesFigures:
    """Fill a throw-away database and measure every list and page whose path contains `only`."""
    with _filled(entities=entities, alerts=alerts) as (url, folder):
        with write_once(url) as w:
            limited = grouped(w, at=datetime.now(UTC))
        with read_once(url) as r:
            ids, callers, rows = ids_of(r), (*callers_of(r), *limited), synthetic_findings.counts(r)
        figures = asyncio.run(_all(url, folder, callers, ids, rounds=rounds, only=only))
    figures.sort(key=lambda one: -one.p95_ms)
    return PagesFigures(
        rows=rows,
        worst_p95_ms=figures[0].p95_ms if figures else 0.0,
        over_50_ms=sum(one.p95_ms > 50 for one in figures),  # noqa: PLR2004 - the name says it
        pages=tuple(figures),
    )


def ids_of(r: Read) -> dict[str, str]:
    """Return values for the parameters in paths, all of the enterprise that looks at its own pages."""
    own = synthetic_duties.entity(r, OWN)
    return {
        "alert_id": str(synthetic_findings.an_alert(r, own)),
        "task_id": str(synthetic_findings.a_task(r, own)),
        "entity_id": str(own),
        "site_id": f"duty-site-{OWN}",
        "device_id": f"duty-fridge-{OWN}",
        "camera_id": f"duty-camera-{OWN}",
        "code": "no_mask",
        "day": f"{datetime.now(SHANGHAI) - timedelta(days=1):%Y-%m-%d}",
    }


def callers_of(r: Read) -> tuple[Caller, ...]:
    """Return who calls: one of each role, a regulator of a county and of the whole city."""
    return (
        Caller(name="enterprise", role=Role.enterprise, entity=synthetic_duties.entity(r, OWN)),
        Caller(name="county", role=Role.regulator, region="330602"),
        Caller(name="city", role=Role.regulator, region="3306"),
        Caller(name="platform", role=Role.platform, region="3306"),
        Caller(name="admin", role=Role.admin),
    )


def grouped(w: Write, *, at: datetime) -> tuple[Caller, ...]:
    """Make access groups; return who sees by them: offices of a sector and of some enterprises, a branch, a watcher."""
    own, region = synthetic_duties.entity(w, OWN), "3306"
    some = [str(synthetic_duties.entity(w, OWN + 900 * step)) for step in range(100)]
    made = {
        kind: groups.add_group(
            w,
            AccessGroup(
                id=uuid7(),
                tenant_id=TENANT,
                region_code=region,
                name=kind,
                kind=kind,
                entity_id=own if kind is GroupKind.kitchens else None,
                business_kinds=(BusinessKind.school_canteen,) if kind is GroupKind.sector else (),
                made_by=SYSTEM.name,
                made_at=at,
            ),
        )
        for kind in GroupKind
    }
    groups.add_members(w, made[GroupKind.enterprises].id, "entity_id", some)
    groups.add_members(w, made[GroupKind.kitchens].id, "site_id", [f"duty-site-{OWN}"])
    groups.add_members(w, made[GroupKind.cameras].id, "device_id", [f"duty-camera-{OWN}"])
    return (
        Caller(name="sector", role=Role.regulator, region=region, group=made[GroupKind.sector].id),
        Caller(name="enterprises", role=Role.regulator, region=region, group=made[GroupKind.enterprises].id),
        Caller(name="kitchen", role=Role.enterprise, entity=own, group=made[GroupKind.kitchens].id),
        Caller(name="camera", role=Role.platform, region=region, group=made[GroupKind.cameras].id),
    )


@contextmanager
def _filled(*, entities: int, alerts: int) -> Iterator[tuple[str, Path]]:
    with temporary_data_dir() as folder, EmbeddedPostgres(folder).running() as postgres:
        postgres.ensure_database()
        url = postgres.dsn()
        migrate(url)
        fill(url, entities=entities, alerts=alerts, at=datetime.now(UTC))
        yield url, folder


def fill(url: str, *, entities: int, alerts: int, at: datetime) -> None:
    """Fill an empty, migrated database with a province: duties, devices, alerts, tasks, visits, warnings, indices."""
    generate(url, entities=entities, days=HISTORY, at=at)
    with write_once(url) as w:
        synthetic_findings.add_devices(w, first=0, last=entities - 1)
    for first in range(0, alerts, synthetic_findings.CHUNK):
        last = min(first + synthetic_findings.CHUNK, alerts) - 1
        with write_once(url) as w:
            synthetic_findings.add_alerts(w, first=first, last=last, total=alerts, entities=entities, own=OWN)
    with write_once(url) as w:
        synthetic_findings.add_events(w)
    synthetic.tidy(url)
    month = f"{at.astimezone(SHANGHAI).replace(day=1) - timedelta(days=1):%Y-%m}"
    with Store(url) as store:
        for work in (
            lambda w: pledges.count_marked(w, limit=REGIONS_AT_ONCE),
            lambda w: plan(w, at=at),
            lambda w: evaluate(w, at=at),
            lambda w: compute_month(w, TENANT, month, by=SYSTEM, at=at).changed,
        ):
            while _worked(store, work):
                pass
    synthetic.tidy(url)


def _worked(store: Store, work: Any) -> int:  # noqa: ANN401 - a step of the night's run
    with store.write() as w:
        return int(work(w))


async def _all(
    url: str, folder: Path, callers: tuple[Caller, ...], ids: dict[str, str], *, rounds: int, only: str
) -> list[PageFigure]:
    found: list[PageFigure] = []
    with Store(url, role=API, size=4) as store:
        settings = ApiSettings(login_tries=1000)
        app = create_app(store=store, files=EvidenceFiles(folder / "evidence"), database_url=url, settings=settings)
        async with app.router.lifespan_context(app):
            for caller in callers:
                _register(url, caller)
                async with _client(app, caller) as client:
                    for path, params in _targets(app, ids):
                        if only in path:
                            found.extend(await _measured(client, caller, path, params, ids, rounds=rounds))
    return found


def _register(url: str, caller: Caller) -> None:
    user = User(
        id=uuid7(),
        login=f"bench-{caller.name}",
        name=caller.name,
        password_hash=hash_password(PASSWORD),
        role=caller.role,
        tenant_id=TENANT,
        region_prefix=caller.region,
        entity_id=caller.entity,
        person_id=None,
        disabled_at=None,
        group_id=caller.group,
    )
    with write_once(url) as w:
        access.add_user(w, user)


@asynccontextmanager
async def _client(app: FastAPI, caller: Caller) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", timeout=600) as client:
        answer = await client.post("/login", data={"login": f"bench-{caller.name}", "password": PASSWORD})
        if answer.status_code != 303:  # noqa: PLR2004 - to the first page
            raise RuntimeError(f"log-in of {caller.name}: {answer.status_code}")
        yield client


def _targets(app: FastAPI, ids: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    """Return the path and parameters of every list and page, and of one alert, task and enterprise."""
    found = []
    for route in _routes(app.routes):
        names = set(route.param_convertors)
        if not route.path.startswith(SKIPPED) and not route.path.endswith(DOCUMENTS) and names <= set(ids):
            wanted = {one.alias for one in route.dependant.query_params if one.field_info.is_required()}
            found.append((route.path.format(**ids), {name: PARAMS[name](ids) for name in wanted}))
    return sorted(found)


def _routes(routes: list[Any]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            yield route
        yield from _routes(getattr(getattr(route, "original_router", None), "routes", []))


PARAMS: dict[str, Callable[[dict[str, str]], str]] = {
    "entity_id": lambda ids: ids["entity_id"],
    "site_id": lambda ids: ids["site_id"],
    "zone": lambda _: "cooking",
    "month": lambda ids: ids["day"][:7],
    "first": lambda ids: ids["day"][:8] + "01",
    "last": lambda ids: ids["day"],
}
"""Values for the required parameters of a query."""


async def _measured(
    client: httpx.AsyncClient, caller: Caller, path: str, params: dict[str, str], ids: dict[str, str], *, rounds: int
) -> list[PageFigure]:
    """Measure one path; return no figure if the caller is not admitted.

    Raises:
        RuntimeError: the answer is an error.
    """
    if (await client.get(path, params=params)).status_code == 422:  # noqa: PLR2004 - it asks whose rows are meant
        params = {"entity_id": PARAMS["entity_id"](ids)}
    times = []
    for number in range(rounds + WARM_UP):
        began = time.perf_counter()
        answer = await client.get(path, params=params)
        spent = 1000 * (time.perf_counter() - began)
        if answer.status_code in REFUSED:
            return []
        if answer.status_code != 200:  # noqa: PLR2004 - whatever else is wrong
            raise RuntimeError(f"{path} {params} as {caller.name}: {answer.status_code} {answer.text[:300]}")
        if number >= WARM_UP:
            times.append(spent)
        if spent > 5_000 and len(times) >= 3:  # noqa: PLR2004 - three of a page that takes seconds say enough
            break
    p95 = statistics.quantiles(times, n=20, method="inclusive")[18]
    figure = PageFigure(path=path, role=caller.name, p95_ms=round(p95, 1), p50_ms=round(statistics.median(times), 1))
    return [figure]
