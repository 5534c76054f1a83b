"""Messages in quarantine: the platform could not accept them."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter

from api.requests import Cursor, Limit, Reading, decode_cursor, page_of
from api.schemas import (
    Page,
    QuarantineOut,
)
from models.base.clock import parse_rfc3339
from models.base.errors import Invalid
from models.store import quarantine

router = APIRouter(prefix="/v1", tags=["registry"])


@router.get("/quarantine", name="quarantine")
def list_quarantine(r: Reading, cursor: Cursor = None, limit: Limit = 50) -> Page[QuarantineOut]:
    """List your devices' messages that the platform could not accept, with the reason; newest first."""
    rows = quarantine.quarantined(r, before=_set_aside(cursor), limit=limit + 1)
    return page_of(
        rows,
        limit=limit,
        out=QuarantineOut.model_validate,
        cursor=lambda entry: f"{entry.last_at.isoformat()} {entry.id}",
    )


def _set_aside(cursor: str | None) -> tuple[datetime, UUID] | None:
    text = decode_cursor(cursor)
    if text is None:
        return None
    at, _, entry = text.partition(" ")
    try:
        return parse_rfc3339(at), UUID(entry)
    except ValueError:
        raise Invalid("cursor: expected the `next_cursor` of the previous page") from None
