"""What the public sees of a kitchen, and the queue of what it reports (百姓点检)."""

import base64
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from alerts.hazards.found import found_on_the_spot
from models.base.errors import Conflict, Invalid, InvalidTransition, NotAllowed, NotFound, RateLimited, StaleVersion
from models.base.ids import uuid7
from models.catalogue.public_terms import Concern, PublicReportState
from models.catalogue.terms import Role, Zone
from models.domain.access import Actor
from models.domain.place import owner_of
from models.domain.public import PublicBoard, PublicReport
from models.store import heartbeats, public, registry
from models.store.connect import Write

SETTLERS = frozenset({Role.regulator, Role.admin})
MOST_WAITING = 200
"""Reports about one enterprise that may wait; further ones are refused until some are settled."""
QUIET = timedelta(hours=1)
_HEARD = timedelta(minutes=2)
_CODE_BYTES = 10


def renew_bright_kitchens(w: Write, *, at: datetime) -> int:
    """Renew the states of all bright kitchens; return how many changed."""
    since = heartbeats.working_since(w, role="vision", heard_from=at - _HEARD)
    return public.renew(w, at=at, quiet=at - QUIET, working=since is not None and since <= at - QUIET)


def code_of_board(w: Write, entity_id: UUID, *, at: datetime) -> str:
    """Return the code of an enterprise's notice board, which is made at its first use and then stays.

    Raises:
        NotFound: no such enterprise in what the caller may see.
    """
    known = public.code_of(w, entity_id)
    if known is not None:
        return known
    if registry.entity(w, entity_id) is None:
        raise NotFound(f"no enterprise {entity_id}")
    code = base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower()
    public.add_code(w, entity_id, code, at=at)
    made = public.code_of(w, entity_id)  # somebody else may have been faster
    if made is None:
        raise Conflict("the notice board has no code")
    return made


def receive(w: Write, board: PublicBoard, *, concern: Concern, text: str, contact: str, at: datetime) -> PublicReport:
    """Put a report of the public into the queue.

    Raises:
        Invalid: it has no text.
        RateLimited: too many about this enterprise wait already.
    """
    if not text.strip():
        raise Invalid("text: expected what you saw")
    if public.waiting_total(w, board.entity_id, limit=MOST_WAITING) >= MOST_WAITING:
        raise RateLimited("many reports about this kitchen wait already")
    new = PublicReport(
        **owner_of(board),
        id=uuid7(),
        concern=concern,
        text=text.strip(),
        contact=contact.strip(),
        received_at=at,
        state=PublicReportState.waiting,
    )
    public.add_report(w, new)
    return new


def dismiss(w: Write, report_id: UUID, *, version: int, answer: str, by: Actor, at: datetime) -> PublicReport:
    """Settle a report without a hazard; the reason is required.

    Raises:
        NotAllowed, NotFound, StaleVersion, InvalidTransition: as `open_hazard`.
        Invalid: there is no reason.
    """
    report = _waiting(w, report_id, version=version, by=by)
    if not answer.strip():
        raise Invalid("answer: expected why it is dismissed")
    return _settled(w, replace(report, state=PublicReportState.dismissed, answer=answer.strip()), by=by, at=at)


def open_hazard(
    w: Write,
    report_id: UUID,
    *,
    version: int,
    device_id: str,
    code: str,
    zone: Zone | None,
    answer: str,
    by: Actor,
    at: datetime,
) -> PublicReport:
    """Settle a report with a hazard found on the spot: its rectification task is dispatched at once.

    Raises:
        NotAllowed: the role may not settle reports.
        NotFound: no such report or device.
        StaleVersion: somebody else was faster.
        InvalidTransition: the report is settled, or the situation has an open task.
        Invalid: the device is not of the enterprise, or there is no such code.
    """
    report = _waiting(w, report_id, version=version, by=by)
    remark = f"群众反映：{answer.strip() or report.text[:200]}"
    alert, task = found_on_the_spot(w, device_id=device_id, code=code, zone=zone, by=by, at=at, remark=remark)
    if alert.entity_id != report.entity_id:
        raise Invalid("device_id: expected a device of the enterprise that was reported")
    opened = replace(report, state=PublicReportState.opened, answer=answer.strip(), task_id=task.id)
    return _settled(w, opened, by=by, at=at)


def _waiting(w: Write, report_id: UUID, *, version: int, by: Actor) -> PublicReport:
    if by.role not in SETTLERS:
        raise NotAllowed(f"settling reports of the public is for: {', '.join(sorted(SETTLERS))}; you are {by.role}")
    report = public.report(w, report_id)
    if report is None:
        raise NotFound(f"no report {report_id}")
    if report.version != version:
        raise StaleVersion(f"the report has version {report.version}; your step is for version {version}")
    if report.state is not PublicReportState.waiting:
        raise InvalidTransition("the report is settled")
    return report


def _settled(w: Write, report: PublicReport, *, by: Actor, at: datetime) -> PublicReport:
    stored = public.settle(w, replace(report, settled_by=by.name, settled_at=at))
    if stored is None:
        raise StaleVersion
    return stored
