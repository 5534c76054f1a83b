"""Changes of indices and letters: each is stored and announced by one call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from models.base.clock import rfc3339
from models.catalogue.index_terms import IndexKind, IndexState
from models.changes.announcing import NODE_ITSELF, NOWHERE, announce
from models.changes.duty_notices import tell_of_letter
from models.changes.states import time_or_none
from models.domain.indices import DutyLetter, Snapshot
from models.domain.place import Owner
from models.events.payloads import IndexData, LetterData
from models.events.types import EventType
from models.store import indices, letters
from models.store.connect import Write

NO_ENTERPRISE = UUID(int=0)
"""Stands for the enterprise in events about a region."""


def freeze_indices(
    w: Write, tenant_id: str, kind: IndexKind, period: str, *, by: str, at: datetime, last: frozenset[str]
) -> int:
    """Freeze the drafts of a kind and period; return how many. Those of regions are announced.

    `last` are the ids of the regions that are among the last of their city.
    """
    drafts = []
    if kind is IndexKind.region:
        drafts = [one for one in indices.snapshots_of(w, tenant_id, kind, period) if one.state is IndexState.draft]
    frozen = indices.freeze(w, tenant_id, kind, period, by=by, at=at)
    for one in drafts:
        data = cast("Mapping[str, Any]", index_state(one, is_last=one.subject_id in last, at=at))
        owner = _owner(one.tenant_id, one.region_code)
        announce(w, EventType.duty_index_frozen, owner, data, site_id=NOWHERE, device_id=NODE_ITSELF, at=at)
    return frozen


def issue_letter(w: Write, new: DutyLetter, *, at: datetime) -> bool:
    """Store and announce a letter; False if the region has one for the period."""
    if not letters.add(w, new):
        return False
    _told(w, EventType.duty_letter_issued, new, at=at)
    owner = _owner(new.tenant_id, new.region_code)
    tell_of_letter(w, EventType.duty_letter_issued, owner, new, at=at)
    return True


def answer_letter(w: Write, letter_id: UUID, *, reply: str, by: str, at: datetime) -> DutyLetter | None:
    """Store and announce the answer to a letter; None if it has one."""
    answered = letters.answer(w, letter_id, reply=reply, by=by, at=at)
    if answered is not None:
        _told(w, EventType.duty_letter_answered, answered, at=at)
    return answered


def index_state(one: Snapshot, *, is_last: bool, at: datetime) -> IndexData:
    """Return a frozen index of a region as its event announces it."""
    facts = one.inputs["facts"]
    return IndexData(
        version=one.version,
        index_id=str(one.id),
        kind=one.kind,
        region_code=one.region_code,
        name=one.name,
        period=one.period,
        score=None if one.score is None else str(one.score),
        band=one.band,
        place=facts.get("place"),
        of=facts.get("of"),
        last=is_last,
        formula=one.formula,
        digest=one.digest,
        frozen_at=rfc3339(at),
    )


def letter_state(one: DutyLetter) -> LetterData:
    """Return a letter as its events announce it."""
    return LetterData(
        version=one.version,
        letter_id=str(one.id),
        index_id=str(one.index_id),
        region_code=one.region_code,
        name=one.name,
        period=one.period,
        place=one.place,
        of=one.of,
        issued_at=rfc3339(one.issued_at),
        answered_at=time_or_none(one.acknowledged_at),
        answered_by=one.acknowledged_by,
        reply=one.reply,
    )


def _told(w: Write, event: EventType, one: DutyLetter, *, at: datetime) -> None:
    data = cast("Mapping[str, Any]", letter_state(one))
    owner = _owner(one.tenant_id, one.region_code)
    announce(w, event, owner, data, site_id=NOWHERE, device_id=NODE_ITSELF, at=at)


def _owner(tenant_id: str, region_code: str) -> Owner:
    return Owner(tenant_id=tenant_id, entity_id=NO_ENTERPRISE, region_code=region_code)
