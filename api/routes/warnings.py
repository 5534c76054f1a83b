"""Warnings (自动预警): which duties were not done, since when, and why."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from alerts.duties.warnings.rules import rule_label
from api.access.principal import Anybody
from api.requests import Cursor, Limit, Reading, page_of
from api.requests import uuid_cursor as id_in
from api.schemas.common import Page
from api.schemas.warnings import WarningOut
from models.base.errors import NotFound
from models.catalogue.terms import label
from models.domain.warnings import DutyWarning
from models.store import warnings

router = APIRouter(prefix="/v1", tags=["duties"])


@router.get("/warnings", name="warnings")
def list_warnings(
    r: Reading,
    _: Anybody,
    cursor: Cursor = None,
    limit: Limit = 50,
    state: Literal["open", "ended"] | None = "open",
    rule: Annotated[str | None, Query(max_length=40)] = None,
    site_id: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[WarningOut]:
    """List warnings, the newest first."""
    is_open = None if state is None else state == "open"
    rows = warnings.warnings(r, is_open=is_open, rule=rule, site_id=site_id, before=id_in(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, out=warning_out, cursor=lambda row: row.id)


@router.get("/warnings/{warning_id}", name="warning")
def one_warning(r: Reading, _: Anybody, warning_id: UUID) -> WarningOut:
    """Return one warning."""
    found = warnings.warning(r, warning_id)
    if found is None:
        raise NotFound(f"no warning {warning_id}")
    return warning_out(found)


def warning_out(row: DutyWarning) -> WarningOut:
    """Return a warning in the form the API shows."""
    return WarningOut(
        id=row.id,
        entity_id=row.entity_id,
        rule=row.rule,
        rule_label=rule_label(row.rule),
        site_id=row.site_id,
        level=row.level,
        level_label=label(row.level),
        because=row.because,
        told=list(row.told),
        numbers=row.numbers,
        since=row.since,
        raised_at=row.raised_at,
        ended_at=row.ended_at,
        version=row.version,
    )
