"""The catalogue of codes: the shipped values, the values that apply, and the overrides with actor and reason."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from alerts.catalogue import overriding
from api.access.principal import Anybody, Reviewer
from api.codes import (
    code_out,
    effective,
    effective_out,
    known_entry,
    log_out,
    override_out,
    spot_for,
    wish_of,
    within_of,
)
from api.requests import (
    AppState,
    Cursor,
    IdempotencyKey,
    Limit,
    Reading,
    creating,
    page_of,
    text_cursor,
    uuid_cursor,
)
from api.schemas import Page
from api.schemas.codes import CodeOut, EffectiveOut, OverrideEndIn, OverrideIn, OverrideLogOut, OverrideOut
from models.base.errors import Invalid
from models.catalogue.codes import SENSOR_CODES, VIOLATION_CODES, Entry
from models.store import Write, catalogue

router = APIRouter(prefix="/v1/codes", tags=["codes"])

CodeName = Annotated[str, Path(max_length=64, pattern=r"^[a-z0-9_]+$")]
DeviceName = Annotated[
    str | None,
    Query(max_length=64, pattern=r"^[a-z0-9_-]+$", description="Values for this device; default: for the caller"),
]
COUNTED = 2_000
"""Count at most this many overrides, so that listing the codes has a bounded cost."""


@router.get("", name="codes")
def list_codes(
    r: Reading,
    app: AppState,
    kind: Literal["violation", "sensor"] | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[CodeOut]:
    """List every kind of finding and reading with its shipped values."""
    entries: list[Entry] = [] if kind == "sensor" else [*VIOLATION_CODES.values()]
    entries += [] if kind == "violation" else [*SENSOR_CODES.values()]
    after = text_cursor(cursor)
    if after:
        places = [place for place, entry in enumerate(entries, 1) if entry.code == after]
        if not places:
            raise Invalid("cursor: expected the `next_cursor` of the previous page")
        entries = entries[places[0] :]
    counts = catalogue.counts(r, at=app.clock.now(), bound=COUNTED)
    return page_of(
        entries[: limit + 1], limit=limit, out=lambda entry: code_out(entry, counts), cursor=lambda entry: entry.code
    )


@router.get("/{code}")
def code(r: Reading, app: AppState, principal: Anybody, code: CodeName, device_id: DeviceName = None) -> EffectiveOut:
    """Return the values of a code that apply now, and the origin of each: the catalogue, or an override and its reason.

    Each value is resolved separately, in this order: device, enterprise, nearest region, tenant, catalogue.
    """
    entry = known_entry(code)
    found = effective(r, entry, spot_for(r, principal, device_id), at=app.clock.now())
    return effective_out(found, device_id=device_id)


@router.get("/{code}/overrides")
def list_overrides(
    r: Reading,
    app: AppState,
    principal: Anybody,
    code: CodeName,
    device_id: DeviceName = None,
    in_force: Annotated[bool, Query(description="Leave out overrides that ended")] = False,  # noqa: FBT002 - a query value
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[OverrideOut]:
    """List a code's overrides that the caller may see, newest first; `device_id` limits them to that device."""
    at = app.clock.now()
    rows = catalogue.page(
        r,
        code=known_entry(code).code,
        before=uuid_cursor(cursor),
        limit=limit + 1,
        at=at,
        living_only=in_force,
        spot=None if device_id is None else spot_for(r, principal, device_id),
    )
    return page_of(rows, limit=limit, out=lambda row: override_out(row, at=at), cursor=lambda row: row.id)


@router.get("/{code}/history")
def history(r: Reading, code: CodeName, cursor: Cursor = None, limit: Limit = 50) -> Page[OverrideLogOut]:
    """List who began or ended overrides of a code, with the values before and after, newest first."""
    rows = catalogue.history(r, code=known_entry(code).code, before=uuid_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, out=log_out, cursor=lambda row: row.id)


@router.post("/{code}/overrides", response_model=OverrideOut)
def begin(
    request: Request,
    app: AppState,
    principal: Reviewer,
    code: CodeName,
    body: OverrideIn,
    key: IdempotencyKey = None,
) -> Response:
    """Override a code for a device, an enterprise, a region or, as an administrator, the whole tenant.

    Only an administrator may loosen a value that a law demands. Each finding records the overrides that applied to it.
    """
    entry, at = known_entry(code), app.clock.now()
    wish = wish_of(principal, entry.code, body)

    def act(w: Write) -> OverrideOut:
        return override_out(overriding.begin(w, wish, by=principal.actor, at=at), at=at)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/{code}/overrides/{override_id}/end", response_model=OverrideOut)
def end(
    request: Request,
    app: AppState,
    principal: Reviewer,
    code: CodeName,
    override_id: UUID,
    body: OverrideEndIn,
    key: IdempotencyKey = None,
) -> Response:
    """End an override; from then on the next less specific value applies again."""
    entry, at = known_entry(code), app.clock.now()

    def act(w: Write) -> OverrideOut:
        ended = overriding.end(
            w,
            override_id,
            code=entry.code,
            reason=body.reason,
            by=principal.actor,
            within=within_of(principal),
            at=at,
        )
        return override_out(ended, at=at)

    return creating(request, principal, key, body.model_dump_json().encode(), act)
