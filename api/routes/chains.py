"""Escalation chains: the one that applies in a region, its check as a time line, and saving one."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from alerts.deadlines.chains import read_chain, written
from alerts.deadlines.timeline import Ahead, rehearse
from alerts.hazards.deadlines import calendar_at
from alerts.hazards.escalation import chain_at, save
from api.access.principal import Anybody, Reviewer
from api.calendars import region_of
from api.requests import AppState, IdempotencyKey, Reading, creating
from api.schemas.chains import ChainIn, ChainOut, ChainPreviewOut, SavedChainOut
from api.schemas.tasks import AheadOut
from models.catalogue.terms import Severity, label
from models.store import Write, chains
from models.store.chains import SavedChain

router = APIRouter(prefix="/v1/chains", tags=["chains"])
Region = Annotated[str | None, Query(pattern=r"^[0-9]{2,12}$", description="Region code; default: the caller's region")]
SHOWN = 50
TYPICAL = timedelta(hours=24)
"""Length of the deadline in a preview."""


@router.get("", name="chains")
def effective(r: Reading, principal: Anybody, region: Region = None) -> list[ChainOut]:
    """Return the chain of each severity that applies in a region."""
    where = region or region_of(r, principal)
    found = []
    for severity in Severity:
        saved = chains.chain_of(r, tenant_id=principal.tenant, region_code=where, severity=severity)
        steps = chain_at(r, tenant_id=principal.tenant, region_code=where, severity=severity)
        found.append(
            ChainOut(
                severity=severity,
                severity_label=label(severity),
                region=where,
                jurisdiction=None if saved is None else saved.jurisdiction,
                version=None if saved is None else saved.version,
                steps=written(steps),
            )
        )
    return found


@router.get("/history", name="chain_history")
def history(r: Reading, principal: Anybody) -> list[SavedChainOut]:
    """List the saved chains, newest first."""
    return [saved_out(row) for row in chains.saved_chains(r, tenant_id=principal.tenant, limit=SHOWN)]


@router.post("/preview")
def preview(r: Reading, app: AppState, principal: Reviewer, body: ChainIn) -> ChainPreviewOut:
    """Check a chain without saving it; return its time line for a hazard found now with a deadline of 24 hours."""
    now = app.clock.now()
    region = body.jurisdiction or region_of(r, principal)
    calendar = calendar_at(r, tenant_id=principal.tenant, region_code=region, at=now)
    due_at, ahead = rehearse(read_chain(body.steps), severity=body.severity, span=TYPICAL, calendar=calendar, at=now)
    return ChainPreviewOut(dispatched_at=now, due_at=due_at, ahead=[ahead_out(one) for one in ahead])


@router.post("", response_model=SavedChainOut, summary="Save an escalation chain")
def save_chain(
    request: Request, app: AppState, principal: Reviewer, body: ChainIn, key: IdempotencyKey = None
) -> Response:
    """Save a chain for a region. Tasks dispatched from now on follow it; open tasks keep theirs."""

    def act(w: Write) -> SavedChainOut:
        saved = save(
            w,
            body.steps,
            tenant_id=principal.tenant,
            jurisdiction=body.jurisdiction,
            severity=body.severity,
            reason=body.reason,
            by=principal.actor,
            at=app.clock.now(),
            within=principal.region or "",
        )
        return saved_out(saved)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def saved_out(row: SavedChain) -> SavedChainOut:
    """Return a saved chain in the form the API shows."""
    return SavedChainOut(
        severity=row.severity,
        jurisdiction=row.jurisdiction,
        version=row.version,
        steps=row.steps,
        reason=row.reason,
        saved_by=row.saved_by,
        saved_at=row.saved_at,
    )


def ahead_out(one: Ahead) -> AheadOut:
    """Return a moment ahead in the form the API shows."""
    return AheadOut(
        at=one.at,
        what=one.what,
        whom=list(one.whom),
        whom_label="、".join(label(holder) for holder in one.whom),
    )
