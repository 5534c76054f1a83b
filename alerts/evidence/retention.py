"""Delete evidence when its retention time is over, and earlier only when the store is nearly full."""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter, Gauge

from models.base.clock import Clock
from models.base.errors import EvidenceStoreAway, StoreUnavailable
from models.domain.capacity import LOOK_BACK, Forecast, Sample, forecast
from models.domain.retention import Candidate, KeepingSettings
from models.evidence.files import EvidenceFiles
from models.store import Store, retention, space

log = structlog.get_logger()

PURGED = Counter("mingchu_evidence_purged_total", "Evidence files deleted", ["reason"])
USED = Gauge("mingchu_evidence_bytes", "Size of the evidence store, as it is on the disk or in the bucket")
OVER = Gauge("mingchu_evidence_over_quota", "1 while the store is beyond its high mark and nothing more may go")
FULL_IN = Gauge("mingchu_disk_full_days", "Days until the disk of the evidence files is full, by a week's growth")
FULL_IN.set(math.inf)
FILES = Gauge("mingchu_evidence_files", "Files in the evidence store")

EVERY_S = 3600.0
HIGH, LOW = 0.9, 0.8
AT_ONCE = 500
_ORPHAN_AGE = timedelta(hours=1)
"""A younger file may belong to a transaction that has not committed yet."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Applies retention to one evidence store, on its own thread, so that a slow store does not delay deadlines.

    It also measures what database and store take; `database_here` says that the database lies on the same disk.
    """

    store: Store
    files: EvidenceFiles
    settings: KeepingSettings
    database_here: bool = False

    def run(self, *, stop: threading.Event, clock: Clock) -> None:
        """Apply retention every hour until `stop` is set."""
        while not stop.is_set():
            try:
                keep(self.store, self.files, self.settings, at=clock.now(), database_here=self.database_here)
            except (StoreUnavailable, EvidenceStoreAway) as error:
                log.warning("retention is waiting for the database or the evidence store", error=str(error))
            stop.wait(EVERY_S)
        FULL_IN.set(math.inf)  # another process tells from now on


@dataclass(slots=True)
class Reconciliation:
    """The differences between the database and the store."""

    files: int = 0
    bytes: int = 0
    missing: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def keep(
    store: Store, files: EvidenceFiles, settings: KeepingSettings, *, at: datetime, database_here: bool = False
) -> int:
    """Delete expired evidence; then, above the quota's high mark, what may be deleted early. Return the file count.

    What is taken and free then is measured and stored.
    """
    gone = _expire(store, files, settings, at=at)
    sizes = [kept.bytes for kept in files.listing()]
    used = sum(sizes)
    FILES.set(len(sizes))
    USED.set(used)
    OVER.set(0)
    if settings.quota_bytes is not None and used > settings.quota_bytes * HIGH:
        gone += _press(store, files, used - int(settings.quota_bytes * LOW), at=at)
    measure(store, files, evidence_bytes=used, database_here=database_here, at=at)
    return gone


def measure(
    store: Store, files: EvidenceFiles, *, evidence_bytes: int, database_here: bool, at: datetime
) -> Forecast | None:
    """Store what database and evidence take now, and return when the disk will be full by the samples of a week."""
    with store.write() as w:
        database = space.database_size(w)
        here = (database if database_here else 0) + (evidence_bytes if files.is_on_disk else 0)
        sample = Sample(
            at=at,
            database_bytes=database,
            evidence_bytes=evidence_bytes,
            here_bytes=here,
            free_bytes=files.room().bytes,
        )
        space.add(w, sample)
        found = forecast(space.since(w, at - LOOK_BACK), at=at)
    days = math.inf if found is None or found.days is None else found.days
    FULL_IN.set(days)
    if found is not None and found.is_near:
        log.warning("the disk will be full soon", days=round(days, 1), bytes_a_day=round(found.per_day))
    return found


def _expire(store: Store, files: EvidenceFiles, settings: KeepingSettings, *, at: datetime) -> int:
    after, gone = retention.FIRST, 0
    while True:
        with store.read() as r:
            found = retention.over_time(r, settings=settings, after=after, at=at, look_at=AT_ONCE)
        gone += _delete(store, files, [piece for piece in found if piece.over], why="", at=at)
        if len(found) < AT_ONCE:
            return gone
        after = found[-1].id


def _press(store: Store, files: EvidenceFiles, too_much: int, *, at: datetime) -> int:
    """Delete the oldest evidence that may be deleted early, down to the low mark; log an error if too little is."""
    gone = 0
    while too_much > 0:
        with store.read() as r:
            found = retention.pressed(r, limit=50)
        if not found:
            OVER.set(1)
            log.error(
                "evidence store is nearly full and no evidence may be deleted; add storage", bytes_too_many=too_much
            )
            break
        gone += _delete(store, files, found, why="quota, ", at=at)
        too_much -= sum(piece.bytes for piece in found)
    return gone


def _delete(store: Store, files: EvidenceFiles, pieces: Sequence[Candidate], *, why: str, at: datetime) -> int:
    """Delete rows first, then files: a crash in between leaves an unreferenced file, which `compare` finds."""
    for class_ in {piece.class_ for piece in pieces}:
        mine = [piece for piece in pieces if piece.class_ == class_]
        with store.write() as w:
            copies = retention.purge(w, [piece.id for piece in mine], reason=f"{why}{class_}", at=at)
        names = {piece.sha256 for piece in mine} | set(copies)
        with store.read() as r:
            names -= retention.still_needed(r, names)
        for name in sorted(names):
            files.delete(name)
        PURGED.labels(class_).inc(len(mine))
        log.info("evidence deleted", reason=f"{why}{class_}", pieces=len(mine), files=len(names))
    return len(pieces)


def compare(store: Store, files: EvidenceFiles, *, at: datetime) -> Reconciliation:
    """Return the files that the database refers to and the store lacks, and the reverse. Changes nothing."""
    report = Reconciliation()
    present = {kept.sha256: kept for kept in files.listing()}
    report.files, report.bytes = len(present), sum(kept.bytes for kept in present.values())
    after = ""
    while True:
        with store.read() as r:
            page = retention.wanted_files(r, after=after, limit=AT_ONCE)
        for wanted in page:
            kept = present.pop(wanted.sha256, None)
            if kept is None:
                report.missing.append(wanted.whose)
            elif kept.bytes != wanted.bytes:
                report.damaged.append(wanted.whose)
        if len(page) < AT_ONCE:
            break
        after = page[-1].sha256
    report.orphans = sorted(name for name, kept in present.items() if at - kept.stored_at > _ORPHAN_AGE)
    return report


def drop_orphans(store: Store, files: EvidenceFiles, report: Reconciliation) -> int:
    """Delete the unreferenced files of a report, after checking each again; return how many."""
    gone = 0
    for names in (report.orphans[i : i + AT_ONCE] for i in range(0, len(report.orphans), AT_ONCE)):
        with store.read() as r:
            needed = retention.still_needed(r, names)
        for name in names:
            if name not in needed:
                files.delete(name)
                gone += 1
    return gone
