"""Violations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.requests import Cursor, Limit, Reading, page_of
from api.requests import uuid_cursor as id_in
from api.schemas import (
    Page,
    ViolationOut,
)
from api.views import violation_out
from models.base.errors import NotFound
from models.store import violations

router = APIRouter(prefix="/v1", tags=["findings"])
CodeFilter = Annotated[str | None, Query(max_length=64, pattern=r"^[a-z0-9_]+$")]


@router.get("/violations", name="violations")
def list_violations(
    r: Reading, cursor: Cursor = None, limit: Limit = 50, code: CodeFilter = None
) -> Page[ViolationOut]:
    """List violations, newest first."""
    rows = violations.violations(r, before=id_in(cursor), limit=limit + 1, code=code)
    return page_of(rows, limit=limit, out=violation_out, cursor=lambda violation: violation.id)


@router.get("/violations/{violation_id}")
def violation(r: Reading, violation_id: UUID) -> ViolationOut:
    """Return one violation."""
    found = violations.violation(r, violation_id)
    if found is None:
        raise NotFound(f"no violation {violation_id}")
    return violation_out(found)
