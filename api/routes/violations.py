"""Violations."""

from uuid import UUID

from fastapi import APIRouter

from api.filters import Chosen
from api.requests import Cursor, Limit, Reading, page_of
from api.requests import uuid_cursor as id_in
from api.schemas import (
    Page,
    ViolationOut,
)
from api.views import violation_out
from models.base.errors import NotFound
from models.catalogue.terms import Review, ViolationState
from models.store import violations

router = APIRouter(prefix="/v1", tags=["findings"])


@router.get("/violations", name="violations")
def list_violations(
    r: Reading,
    chosen: Chosen,
    cursor: Cursor = None,
    limit: Limit = 50,
    state: ViolationState | None = None,
    review: Review | None = None,
) -> Page[ViolationOut]:
    """List violations, newest first; `state` says whether it lasts, `review` what a person said."""
    rows = violations.violations(r, before=id_in(cursor), limit=limit + 1, state=state, review=review, chosen=chosen)
    return page_of(rows, limit=limit, out=violation_out, cursor=lambda violation: violation.id)


@router.get("/violations/{violation_id}")
def violation(r: Reading, violation_id: UUID) -> ViolationOut:
    """Return one violation."""
    found = violations.violation(r, violation_id)
    if found is None:
        raise NotFound(f"no violation {violation_id}")
    return violation_out(found)
