"""Changes of reports on weeks and months: each is stored, logged and announced by one call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from models.base.clock import rfc3339
from models.base.errors import StaleVersion
from models.changes.announcing import NODE_ITSELF, NOWHERE, announce
from models.changes.duty_notices import tell_of_report
from models.changes.log import log_signature
from models.changes.states import time_or_none
from models.domain.reports import Report
from models.events.payloads import ReportData
from models.events.types import EventType
from models.store import reports
from models.store.connect import Write


def store_report(w: Write, changed: Report) -> Report:
    """Store what was written in a draft; nothing is announced before the signature.

    Raises:
        StaleVersion: somebody else was faster.
    """
    stored = reports.change_report(w, changed)
    if stored is None:
        raise StaleVersion
    return stored


def sign_report(w: Write, signed: Report, *, by: str, at: datetime) -> Report:
    """Store the signature, log it (which seals it into the chain of evidence) and announce the report.

    Raises:
        StaleVersion: somebody else was faster.
    """
    stored = store_report(w, signed)
    log_signature(
        w,
        "report",
        stored,
        row_id=stored.id,
        version=stored.version,
        from_state="draft",
        signature=stored.signature,
        by=by,
        at=at,
    )
    data = cast("Mapping[str, Any]", report_state(stored))
    site = stored.site_id or NOWHERE
    announce(w, EventType.report_signed, stored, data, site_id=site, device_id=NODE_ITSELF, at=at)
    tell_of_report(w, EventType.report_signed, stored, at=at)
    return stored


def report_state(report: Report) -> ReportData:
    """Return the state of a report as its event announces it."""
    return ReportData(
        version=report.version,
        report_id=str(report.id),
        kind=report.kind,
        site_id=report.site_id,
        begin=report.begin.isoformat(),
        until=report.until.isoformat(),
        days_due=report.days_due,
        days_signed=report.days_signed,
        days_late=report.days_late,
        problems=len(report.problems),
        unsolved=sum(not one.done for one in report.problems),
        rating=report.rating,
        decisions=len(report.decisions),
        late=report.late,
        signed_by=report.signed_by or "",
        signed_at=time_or_none(report.signed_at) or rfc3339(report.opened_at),
        signature=report.signature or "",
    )
