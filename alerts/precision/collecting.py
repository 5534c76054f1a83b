"""Collect what people judged into a folder of labelled pictures for training.

Confirmed violations become labels, rejected ones negatives. Each file is logged as exported before it is written.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from alerts.precision.labelling import Line, classes_of
from alerts.precision.training_folder import TrainingFolder
from models.base.errors import EvidenceDamaged, Invalid, NotFound
from models.catalogue.codes import VIOLATION_CODES
from models.catalogue.terms import CopyKind, EvidenceKind
from models.domain.evidence import Evidence
from models.domain.violations import Violation
from models.evidence.files import EvidenceFiles
from models.store import Store, Write, audit, clips, devices, evidence, precision, violations
from models.store.precision import JudgedAlert

PAGE = 50
"""Alerts in one transaction."""
A_SITUATION = 8
"""Newest violations of one alert that are collected: further ones show the same scene again."""
MOST_PICTURES = 20_000
"""New pictures in one run."""
SAVED_EVERY = 500
"""Changed pictures after which the manifest is written; a run that breaks off fetches later ones again."""
_JPEG = "image/jpeg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to collect.

    Attributes:
        by: who collects; the log of accesses names them.
        since: verdicts from this moment on.
        code, device_id: only of this code, of this camera; None = all.
        originals: pictures as they were stored; otherwise the copies with hidden faces.
        limit: new pictures in this run at most, with those that wait for their copy.
    """

    by: str
    since: datetime
    code: str | None = None
    device_id: str | None = None
    originals: bool = False
    limit: int = 1_000


@dataclass(slots=True, kw_only=True)
class Report:
    """What a run did.

    Attributes:
        new: violations whose picture was added.
        changed: violations whose verdict changed since an earlier run.
        waiting: violations whose copy with hidden faces is not made yet; a later run adds them.
        gone: violations whose picture was deleted, is unreadable, or can't be copied.
        unlabelled: violations without a box of a known class.
        pictures: pictures in the folder now.
        more: the limit ended the run early; run it again.
    """

    new: int = 0
    changed: int = 0
    waiting: int = 0
    gone: int = 0
    unlabelled: int = 0
    pictures: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A violation with its verdict, and the file that shows it."""

    line: Line
    stored: str


@dataclass(slots=True)
class _Page:
    """What one transaction found."""

    found: list[_Found] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    more: bool = False


def collect(
    store: Store, files: EvidenceFiles, out: Path, wish: Wish, *, classes: Collection[str], at: datetime
) -> Report:
    """Write the judged violations to a folder and return what was done. Run again, it adds what is new.

    Raises:
        Invalid: a value of the wish is not acceptable, or the folder holds something else.
        NotFound: no such camera.
    """
    _require(store, wish)
    folder = TrainingFolder(out, classes=classes, redacted=not wish.originals)
    folder.save()
    report = Report()
    for judged in _pages(store, wish):
        with store.write() as w:
            page = _look(w, judged, folder, wish, classes, at=at, left=wish.limit - report.new - report.waiting)
        for found in page.found:
            _fetch(files, found, folder, report)
        if folder.unsaved >= SAVED_EVERY:
            folder.save()
        report.changed += page.counts["changed"]
        report.waiting += page.counts["waiting"]
        report.gone += page.counts["gone"]
        report.unlabelled += page.counts["unlabelled"]
        report.more = report.more or page.more
    folder.save()
    report.pictures = folder.pictures
    return report


def _require(store: Store, wish: Wish) -> None:
    if not wish.by.strip() or "\x00" in wish.by:
        raise Invalid("by: expected the name of who collects")
    if not 0 < wish.limit <= MOST_PICTURES:
        raise Invalid(f"limit = {wish.limit}, expected 1 to {MOST_PICTURES} pictures")
    if wish.code is not None and wish.code not in VIOLATION_CODES:
        raise Invalid(f"no code {wish.code!r}; expected one of {', '.join(VIOLATION_CODES)}")
    if wish.device_id is not None:
        with store.read() as r:
            if "\x00" in wish.device_id or devices.device(r, wish.device_id) is None:
                raise NotFound(f"no camera {wish.device_id!r}")


def _pages(store: Store, wish: Wish) -> Iterator[list[JudgedAlert]]:
    after = (wish.since, UUID(int=0))
    while True:
        with store.read() as r:
            page = precision.judged_alerts(
                r, since=wish.since, after=after, code=wish.code, device_id=wish.device_id, limit=PAGE
            )
        if page:
            yield page
        if len(page) < PAGE:
            return
        after = (page[-1].reviewed_at, page[-1].id)


def _look(
    w: Write,
    judged: list[JudgedAlert],
    folder: TrainingFolder,
    wish: Wish,
    classes: Collection[str],
    *,
    at: datetime,
    left: int,
) -> _Page:
    """Find what to fetch, log it as exported, and correct the lines whose verdict changed."""
    page = _Page()
    for alert in judged:
        for violation in violations.violations(w, limit=A_SITUATION, alert_id=alert.id):
            known = folder.line(violation.id)
            if known is not None:
                if known.confirmed is not alert.confirmed:
                    folder.put(replace(known, confirmed=alert.confirmed))
                    page.counts["changed"] += 1
            elif not classes_of(violation.boxes, classes):
                page.counts["unlabelled"] += 1
            elif left <= len(page.found) + page.counts["waiting"] or folder.is_full:
                page.more = True
            else:
                _take(w, page, violation, alert, wish, at=at)
    return page


def _take(w: Write, page: _Page, violation: Violation, alert: JudgedAlert, wish: Wish, *, at: datetime) -> None:
    stills = (piece for piece in evidence.evidence_of(w, violation.evidence_ids) if _is_clean(piece))
    still = next(stills, None)
    if still is None or evidence.purge_of(w, still.id) is not None:
        page.counts["gone"] += 1
        return
    stored = still.sha256
    if not wish.originals:
        copy = clips.copy_of(w, still.id, kind=CopyKind.redacted)
        if copy is None:
            clips.want_copy(w, still.id, kind=CopyKind.redacted, at=at)
        if copy is None or copy.state == "pending":
            page.counts["waiting"] += 1
            return
        if copy.state == "failed" or copy.sha256 is None:
            page.counts["gone"] += 1
            return
        stored = copy.sha256
    audit.act_as(w, wish.by)
    evidence.note_look(w, still, copy="original" if wish.originals else "redacted", exported=True)
    page.found.append(_Found(line=_line(violation, alert, still, stored, redacted=not wish.originals), stored=stored))


def _is_clean(piece: Evidence) -> bool:
    return piece.kind is EvidenceKind.still_clean and piece.mime == _JPEG


def _line(violation: Violation, alert: JudgedAlert, still: Evidence, stored: str, *, redacted: bool) -> Line:
    return Line(
        violation_id=violation.id,
        alert_id=alert.id,
        code=violation.code,
        confirmed=alert.confirmed,
        camera=violation.device_id,
        found_at=violation.received_at,
        model=violation.model,
        rule=violation.rule,
        picture=f"{still.sha256}.jpg",
        sha256=stored,
        redacted=redacted,
        boxes=tuple(violation.boxes),
    )


def _fetch(files: EvidenceFiles, found: _Found, folder: TrainingFolder, report: Report) -> None:
    try:
        content = files.get(found.stored)
    except (NotFound, EvidenceDamaged):
        report.gone += 1
        return
    folder.put(found.line, content)
    report.new += 1
