"""Queue the messages about a duty, in the transaction of its change: sent at least once, queued once."""

from datetime import datetime
from uuid import UUID

from models.catalogue.notices import duty_occasion, severity_of_level
from models.catalogue.terms import Holder
from models.domain.indices import DutyLetter
from models.domain.place import Owner
from models.domain.reports import Report
from models.domain.supervision import SupervisionTask
from models.domain.warnings import DutyWarning
from models.events.types import EventType
from models.store import outgoing
from models.store.connect import Write

_AUTHORITIES = frozenset({Holder.authority, Holder.county})


def tell_of_visit(w: Write, event: EventType, task: SupervisionTask, *, step: str, at: datetime) -> int:
    """Queue the messages about a step of a visit for its cadre; return how many channels hear of it."""
    occasion = duty_occasion(event, step=step)
    if occasion is None or occasion.severity is None or task.cadre_id is None:
        return 0
    return outgoing.queue(
        w,
        task,
        occasion,
        subject_id=task.id,
        version=task.version,
        severity=occasion.severity,
        site_id=None,
        at=at,
        cadre_id=task.cadre_id,
    )


def tell_of_warning(w: Write, event: EventType, row: DutyWarning, *, at: datetime) -> int:
    """Queue the messages about a red or orange warning for those whom it names; return how many channels hear of it."""
    occasion, severity = duty_occasion(event), severity_of_level(row.level)
    if occasion is None or row.level not in occasion.states:
        return 0
    sides = (
        bool(set(row.told) - _AUTHORITIES) and occasion.for_enterprise(severity) and not row.internal,
        bool(set(row.told) & _AUTHORITIES) and occasion.for_supervisor(severity),
    )
    return outgoing.queue(
        w,
        row,
        occasion,
        subject_id=row.id,
        version=row.version,
        severity=severity,
        site_id=row.site_id,
        at=at,
        sides=sides,
    )


def tell_of_report(w: Write, event: EventType, report: Report, *, at: datetime) -> int:
    """Queue the messages about a signed week that was rated serious; return how many channels hear of it."""
    occasion = duty_occasion(event)
    if occasion is None or report.rating is None or report.rating not in occasion.states:
        return 0
    version, site = report.version, report.site_id
    return _tell(w, event, report, subject_id=report.id, version=version, site_id=site, at=at)


def tell_of_letter(w: Write, event: EventType, owner: Owner, letter: DutyLetter, *, at: datetime) -> int:
    """Queue the messages about a letter (提示函) for the county it is addressed to; return how many channels hear."""
    return _tell(w, event, owner, subject_id=letter.id, version=letter.version, site_id=None, at=at)


def _tell(
    w: Write, event: EventType, owner: Owner, *, subject_id: UUID, version: int, site_id: str | None, at: datetime
) -> int:
    occasion = duty_occasion(event)
    if occasion is None or occasion.severity is None:
        return 0
    severity = occasion.severity
    return outgoing.queue(
        w, owner, occasion, subject_id=subject_id, version=version, severity=severity, site_id=site_id, at=at
    )
