"""Delete evidence after its retention time, and earlier only if the store is nearly full."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter, Gauge

from models.base.clock import Clock
from models.base.errors import EvidenceStoreAway, StoreUnavailable
from models.domain.retention import Candidate, KeepingSettings
from models.evidence.files import EvidenceFiles
from models.store import Store, retention

log = structlog.get_logger()

PURGED = Counter("mingchu_evidence_purged_total", "Evidence files deleted", ["reason"])
USED = Gauge("mingchu_evidence_bytes", "Size of the evidence store, as it is on the disk or in the bucket")
OVER = Gauge("mingchu_evidence_over_quota", "1 while the store is beyond its high mark and nothing more may go")
FILES = Gauge("mingchu_evidence_files", "Files in the evidence store")

EVERY_S = 3600.0
HIGH, LOW = 0.9, 0.8
AT_ONCE = 500
_ORPHAN_AGE = timedelta(hours=1)
"""A file younger than this may belong to a transaction that is not committed yet."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Deletes from one evidence store, on its own thread, so that a slow store does not delay deadlines."""

    store: Store
    files: EvidenceFiles
    settings: KeepingSettings

    def run(self, *, stop: threading.Event, clock: Clock) -> None:
        """Check every hour until `stop` is set."""
        while not stop.is_set():
            try:
                keep(self.store, self.files, self.settings, at=clock.now())
            except (StoreUnavailable, EvidenceStoreAway) as error:
                log.warning("retention waits", error=str(error))
            stop.wait(EVERY_S)


@dataclass(slots=True)
class Reconciliation:
    """The differences between database and store."""

    files: int = 0
    bytes: int = 0
    missing: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def keep(store: Store, files: EvidenceFiles, settings: KeepingSettings, *, at: datetime) -> int:
    """Delete expired files, and above the quota's high mark also early candidates; return the number of files."""
    gone = _expire(store, files, settings, at=at)
    sizes = [kept.bytes for kept in files.listing()]
    used = sum(sizes)
    FILES.set(len(sizes))
    USED.set(used)
    OVER.set(0)
    if settings.quota_bytes is not None and used > settings.quota_bytes * HIGH:
        gone += _press(store, files, used - int(settings.quota_bytes * LOW), at=at)
    return gone


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
    """Delete the oldest early candidates until the low mark is reached; log an error if that is not enough."""
    gone = 0
    while too_much > 0:
        with store.read() as r:
            found = retention.pressed(r, limit=50)
        if not found:
            OVER.set(1)
            log.error("evidence store is nearly full and nothing more may go; give it room", bytes_too_many=too_much)
            break
        gone += _delete(store, files, found, why="quota, ", at=at)
        too_much -= sum(piece.bytes for piece in found)
    return gone


def _delete(store: Store, files: EvidenceFiles, pieces: Sequence[Candidate], *, why: str, at: datetime) -> int:
    """Delete the rows before the files: if the process dies in between, `compare` finds the file without a row."""
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
    """Return the files that the database refers to but the store lacks, and the reverse; change nothing."""
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
    """Delete files that no row refers to, after checking each once more; return how many."""
    gone = 0
    for names in (report.orphans[i : i + AT_ONCE] for i in range(0, len(report.orphans), AT_ONCE)):
        with store.read() as r:
            needed = retention.still_needed(r, names)
        for name in names:
            if name not in needed:
                files.delete(name)
                gone += 1
    return gone
