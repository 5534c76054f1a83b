"""Changes of duty records: each is stored, logged and announced by one call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from models.base.clock import rfc3339
from models.base.errors import StaleVersion
from models.catalogue.duty_terms import RowResult
from models.changes.announcing import NODE_ITSELF, announce
from models.changes.log import log_signature
from models.changes.states import time_or_none
from models.domain.records import DayRecord
from models.events.payloads import RecordData
from models.events.types import EventType
from models.store import records
from models.store.connect import Write


def store_answers(w: Write, changed: DayRecord) -> DayRecord:
    """Store answers of a draft; nothing is announced before the signature.

    Raises:
        StaleVersion: somebody else was faster.
    """
    stored = records.change_record(w, changed)
    if stored is None:
        raise StaleVersion
    return stored


def sign_record(w: Write, signed: DayRecord, *, by: str, at: datetime) -> DayRecord:
    """Store the signature, log it (which seals it into the chain of evidence) and announce the record.

    Raises:
        StaleVersion: somebody else was faster.
    """
    stored = store_answers(w, signed)
    log_signature(
        w,
        "record",
        stored,
        row_id=stored.id,
        version=stored.version,
        from_state="draft",
        signature=stored.signature,
        by=by,
        at=at,
    )
    data = cast("Mapping[str, Any]", record_state(stored))
    announce(w, EventType.record_signed, stored, data, site_id=stored.site_id, device_id=NODE_ITSELF, at=at)
    return stored


def record_state(record: DayRecord) -> RecordData:
    """Return the state of a record as its event announces it."""
    return RecordData(
        version=record.version,
        record_id=str(record.id),
        site_id=record.site_id,
        day=record.day.isoformat(),
        pack=record.pack,
        rows=len(record.items),
        problems=sum(row.result is RowResult.problem for row in record.items),
        zero_risk=record.zero_risk,
        late=record.late,
        signed_by=record.signed_by or "",
        signed_at=time_or_none(record.signed_at) or rfc3339(record.opened_at),
        signature=record.signature or "",
    )
