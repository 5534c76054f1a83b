"""Compute and freeze the indices of each week and month by itself, once, after everything of it was due.

Quarters and years of counties, and the years of cadres, are drafts, which somebody signs off.

One transaction computes, freezes, announces, writes to the last three, and notes that it was done: killed at any moment
it leaves all of that or nothing, and a second process waits for the first one and then finds it done.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog

from alerts.duties.warnings.rules import due_at
from alerts.indices.cadres import compute_year
from alerts.indices.computing import compute_month, freeze_month
from alerts.indices.evaluations import compute_evaluation
from alerts.indices.letters import issue
from alerts.indices.periods import is_evaluation, week_name
from alerts.indices.regions import compute_regions
from models.base.clock import Clock
from models.base.errors import StoreUnavailable
from models.catalogue.index_terms import IndexKind, IndexState
from models.domain.access import SYSTEM
from models.store import Store, Write, indices, letters

log = structlog.get_logger()

EVERY_S = 600.0
MOST_MONTHS = 3
"""Months that are computed afterwards if the platform was down; older ones are left to `mingchu index compute`."""
_WEEK, _DECEMBER = timedelta(days=7), 12
TOO_OLD = "the platform was down when it was due; a later one is due"
BY_HAND = "frozen by hand before"


@dataclass(frozen=True, slots=True)
class Slot:
    """A period of a kind that is to be computed, or only noted as `skipped` with the reason."""

    kind: IndexKind
    period: str
    skipped: str = ""


class Indexer:
    """Looks every few minutes for periods that are due; runs in one process at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def run(self, *, stop: threading.Event, clock: Clock) -> None:
        """Work until `stop` is set."""
        while not stop.is_set():
            try:
                run_due(self._store, at=clock.now(), stop=stop)
            except StoreUnavailable as error:
                log.warning("indices wait for the database", error=str(error))
            stop.wait(EVERY_S)


def run_due(store: Store, *, at: datetime, stop: threading.Event | None = None) -> int:
    """Do what is due of every tenant; return how many periods were done. Doing it again does nothing."""
    done = 0
    with store.read() as r:
        tenants = indices.tenants(r)
    for tenant_id in tenants:
        with store.read() as r:
            weeks = letters.last_run(r, tenant_id, IndexKind.region, weeks=True)
            months = {
                kind: letters.last_run(r, tenant_id, kind, weeks=False) for kind in (IndexKind.entity, IndexKind.region)
            }
        for slot in (*slots(weeks, months, at=at), *evaluations(at=at), *years_of_cadres(at=at)):
            if stop is not None and stop.is_set():
                return done
            with store.write() as w:
                done += run_slot(w, tenant_id, slot, at=at)
    return done


def evaluations(*, at: datetime) -> list[Slot]:
    """Return the quarter and the year that ended last: drafts, which somebody signs off.

    Both wait until their last month may be frozen, which comes before them in the order of slots.
    """
    month = due_at(at).month
    found = [Slot(IndexKind.region, f"{month.year}-Q{month.month // 3}")] if month.month % 3 == 0 else []
    return [*found, Slot(IndexKind.region, f"{month.year}")] if month.month == _DECEMBER else found


def years_of_cadres(*, at: datetime) -> list[Slot]:
    """Return the months after which the year of cadres is drafted: the last one due, and the end of the year before."""
    month = due_at(at).month
    return [Slot(IndexKind.cadre, f"{month.year - 1}-12"), Slot(IndexKind.cadre, f"{month:%Y-%m}")]


def slots(last_week: str | None, last_months: dict[IndexKind, str | None], *, at: datetime) -> Iterator[Slot]:
    """Yield what is due, the oldest first.

    Of several weeks only the newest is computed, because a reminder of an old one helps nobody; of months each of the
    last three, because a year is made of them. The first time only the newest of each.
    """
    due = due_at(at)
    mondays = _since(last_week, due.week)
    for monday in mondays:
        late = monday != due.week
        yield Slot(IndexKind.region, week_name(monday), TOO_OLD if late else "")
    for kind, last in last_months.items():
        months = _months_since(last, due.month)
        for number, month in enumerate(months, start=1):
            yield Slot(kind, f"{month:%Y-%m}", TOO_OLD if len(months) - number >= MOST_MONTHS else "")


def run_slot(w: Write, tenant_id: str, slot: Slot, *, at: datetime) -> bool:
    """Compute and freeze one period; False if it was done before."""
    if not letters.claim(w, tenant_id, slot.kind, slot.period, at=at):
        return False
    if slot.skipped:
        letters.note(w, tenant_id, slot.kind, slot.period, skipped=slot.skipped)
        log.warning("index left out", tenant=tenant_id, kind=slot.kind, period=slot.period, reason=slot.skipped)
        return True
    if slot.kind is IndexKind.cadre:
        _draft_year(w, tenant_id, slot, at=at)
        return True
    if is_evaluation(slot.period):
        compute_evaluation(w, tenant_id, slot.period, by=SYSTEM, at=at)
        return True
    if any(one.state is IndexState.frozen for one in indices.snapshots_of(w, tenant_id, slot.kind, slot.period)):
        letters.note(w, tenant_id, slot.kind, slot.period, skipped=BY_HAND)
        return True
    compute = compute_month if slot.kind is IndexKind.entity else compute_regions
    compute(w, tenant_id, slot.period, by=SYSTEM, at=at)
    frozen = freeze_month(w, tenant_id, slot.period, kind=slot.kind, by=SYSTEM, at=at)
    written = issue(w, tenant_id, slot.period, at=at) if slot.kind is IndexKind.region else 0
    letters.note(w, tenant_id, slot.kind, slot.period, frozen=frozen, letters=written)
    log.info("indices frozen", tenant=tenant_id, kind=slot.kind, period=slot.period, frozen=frozen, letters=written)
    return True


def _draft_year(w: Write, tenant_id: str, slot: Slot, *, at: datetime) -> None:
    """Draft the year of cadres anew, as far as it is over; one that is signed off stays."""
    year = slot.period.partition("-")[0]
    if any(one.state is IndexState.frozen for one in indices.snapshots_of(w, tenant_id, slot.kind, year)):
        letters.note(w, tenant_id, slot.kind, slot.period, skipped=BY_HAND)
        return
    compute_year(w, tenant_id, year, by=SYSTEM, at=at)


def _since(last: str | None, newest: date) -> list[date]:
    """Return the Mondays after a week up to the newest; without one only the newest."""
    if last is None:
        return [newest]
    year, _, week = last.partition("-W")
    monday = date.fromisocalendar(int(year), int(week), 1) + _WEEK
    return [monday + number * _WEEK for number in range((newest - monday).days // 7 + 1)]


def _months_since(last: str | None, newest: date) -> list[date]:
    if last is None:
        return [newest]
    found = []
    month = (date.fromisoformat(f"{last}-01") + timedelta(days=32)).replace(day=1)
    while month <= newest:
        found.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    return found
