"""Indices for tests: a month of facts, put into the database as it was."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from alerts.hazards.review import confirm
from alerts.indices.computing import compute_month
from alerts.indices.drill import behind
from alerts.indices.reading import lines_of
from alerts.indices.regions import compute_regions
from models.base.clock import SHANGHAI
from models.base.ids import uuid7
from models.base.jsonio import dumps
from models.catalogue.index_terms import IndexKind
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.indices import Ranked, Snapshot
from models.evidence.files import EvidenceFiles
from models.store import Read, Store, Write, indices
from models.store.index_rows import ROWS
from tests.support.guarantees import cadre_of
from tests.support.people import raise_alert
from tests.support.world import TENANT, Kitchen, _kitchen

OPERATOR = Actor(name="cli", role=Role.admin)
MONTH = "2026-10"
OVER = datetime(2026, 11, 10, 4, tzinfo=UTC)
"""A moment at which October may be frozen."""


def registered_long_ago(w: Write) -> None:
    """Let everything be registered before the month began."""
    for table in ("entity", "site", "device"):
        w.raw.execute(f"UPDATE {table} SET created_at = '2026-01-01'")


def add_days(w: Write, kitchen: Kitchen, days: int, *, late: int = 0) -> None:
    """Signed day records of the first days of October; the first `late` of them late."""
    for number in range(days):
        w.raw.execute(
            "INSERT INTO day_record (id, tenant_id, entity_id, region_code, site_id, day, pack, state, items, "
            "opened_by, opened_at, signed_by, signed_at, signature, late) VALUES (%s, %s, %s, %s, %s, %s, "
            "'day.school.v1', 'signed', '[]', 'x', now(), 'x', now(), %s, %s)",
            (
                uuid7(),
                TENANT,
                kitchen.entity,
                kitchen.region,
                kitchen.site,
                date(2026, 10, 1) + timedelta(days=number),
                "0" * 64,
                number < late,
            ),
        )


def add_cameras(w: Write, kitchen: Kitchen, *, seen: int = 1440, days: int = 31) -> None:
    """Camera days of October on each of which the camera was seen and analysed for so many minutes."""
    bits = "1" * seen + "0" * (1440 - seen)
    for number in range(days):
        w.raw.execute(
            "INSERT INTO camera_day (device_id, day, seen, analysed, accounted) "
            "VALUES (%s, %s, %s::text::bit(1440), %s::text::bit(1440), 1440)",
            (kitchen.camera, date(2026, 10, 1) + timedelta(days=number), bits, bits),
        )


def computed(store: Store, *, at: datetime = OVER, correcting: str = "") -> dict[UUID | None, Ranked]:
    """Compute October; return the indices that count by enterprise."""
    with store.write() as w:
        compute_month(w, TENANT, MONTH, by=OPERATOR, at=at, correcting=correcting)
    with store.read() as r:
        found = indices.board(r, IndexKind.entity, MONTH, limit=50)
        rows_add_up(r, [] if correcting else found)  # of a frozen one they are those of its time
        return {one.entity_id: one for one in found}


def rows_add_up(r: Read, found: Sequence[Snapshot]) -> None:
    """Check that the rows behind every number of indices add up to it."""
    for one in found:
        names = [(line.indicator.name, line.quarter, line.k or 0, line.n or 0) for line in lines_of(one)]
        names += [
            (line.indicator.times, line.quarter, line.times_k, line.times_n or 0)
            for line in lines_of(one)
            if line.times_k is not None
        ]
        facts = one.inputs.get("facts", {})
        names += [(name, "", facts[name], facts[name]) for name in facts if name in ROWS[one.kind]]
        for name, quarter, k, n in names:
            there = behind(r, one, name, quarter=quarter)
            assert (there.k_now, there.n_now) == (k, n), (one.name, one.period, name, quarter)


def index_of(store: Store, kitchen: Kitchen) -> UUID:
    """Compute the running month of enterprises and regions; return the index of a kitchen's enterprise."""
    at = datetime.now(UTC)
    month = f"{at.astimezone(SHANGHAI):%Y-%m}"
    with store.write() as w:
        w.raw.execute("UPDATE entity SET created_at = '2026-01-01'")
        compute_month(w, TENANT, month, by=OPERATOR, at=at)
        compute_regions(w, TENANT, month, by=OPERATOR, at=at)
    with store.read() as r:
        found = indices.board(r, IndexKind.entity, month, limit=50)
    return next(one.id for one in found if one.entity_id == kitchen.entity)


def add_supervision(
    w: Write,
    kitchen: Kitchen,
    cadre_id: UUID,
    due_at: datetime,
    *,
    visits: tuple[tuple[datetime, bool], ...] = (),
    hazards: tuple[UUID, ...] = (),
) -> UUID:
    """A supervision task that was due, with visits as (when, whether it counts); the last visit decides its state."""
    task_id = uuid7()
    done = bool(visits) and visits[-1][1]
    w.raw.execute(
        "INSERT INTO supervision_task (id, tenant_id, entity_id, region_code, reason, period, cadre_id, state, due_at, "
        "generated_at) VALUES (%s, %s, %s, %s, 'periodic', %s, %s, %s, %s, %s)",
        (
            task_id,
            TENANT,
            kitchen.entity,
            kitchen.region,
            str(task_id),
            cadre_id,
            "submitted" if done else "pushed",
            due_at,
            due_at - timedelta(days=60),
        ),
    )
    for at, counts in visits:
        w.raw.execute(
            "INSERT INTO supervision_visit (id, tenant_id, entity_id, region_code, task_id, site_id, mode, started_at, "
            "ended_at, checklist, answers, advice, photo_ids, cadre_id, cadre_name, entity_name, signature, faults, "
            "hazards, submitted_by, submitted_at, client_at) VALUES (%s, %s, %s, %s, %s, %s, 'onsite', %s, %s, "
            "'visit.v1', '[]', '', '{}', %s, 'x', 'y', %s, %s, %s, 'x', %s, %s)",
            (
                uuid7(),
                TENANT,
                kitchen.entity,
                kitchen.region,
                task_id,
                kitchen.site,
                at,
                at,
                cadre_id,
                "0" * 64,
                [] if counts else ["too_short"],
                dumps([{"code": "x", "text": "x", "task_id": one, "note": ""} for one in hazards]),
                at,
                at,
            ),
        )
    return task_id


def ranked_counties(store: Store, files: EvidenceFiles, kitchens: Sequence[Kitchen], *, at: datetime) -> None:
    """Four visits in each county and a hazard that was closed in time: all in time in the first, none in the last."""
    for number, kitchen in enumerate(kitchens):
        alert = raise_alert(store, files, kitchen, "no_mask", at=at)
        cadre = cadre_of(store, kitchen, f"包保{number}")
        with store.write() as w:
            confirm(w, alert.id, revision=1, by=Actor(name="city", role=Role.regulator), at=at)
            for task in range(4):
                due = at + timedelta(days=task)
                visits = ((due, True),) if task >= number else ((due + timedelta(hours=1), True),)
                add_supervision(w, kitchen, cadre.id, due, visits=visits)
    with store.write() as w:
        registered_long_ago(w)
        w.raw.execute(
            "UPDATE task SET acknowledged_at = dispatched_at, submitted_at = dispatched_at, state = 'closed', "
            "closed_at = dispatched_at, due_at = dispatched_at + interval '1 day'"
        )


def further_counties(store: Store, keys: str = "cde") -> list[Kitchen]:
    """Further counties of the city, 330604 and on, with a kitchen each."""
    return [
        _kitchen(store, key, f"33060{number}", f"92330604MA00TEX11{number}", "$7$1$AA==$AA==", "")
        for number, key in enumerate(keys, 4)
    ]
