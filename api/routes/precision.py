"""Measured precision (准确率) of each code at each camera, and tuning proposals (调整建议) with their decisions."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from alerts.precision import service
from alerts.precision.measuring import limits
from api.access.principal import Anybody, Reviewer
from api.codes import within_of
from api.precision import precision_out, proposal_out, replayed_out
from api.requests import (
    AppState,
    Cursor,
    IdempotencyKey,
    Limit,
    Reading,
    SeenVersion,
    creating,
    etag,
    page_of,
    text_cursor,
    uuid_cursor,
)
from api.schemas.common import Page
from api.schemas.precision import PrecisionOut, ProposalDecisionIn, ProposalOut, ReplayedOut
from models.base.clock import require_utc
from models.base.errors import Invalid, NotFound
from models.catalogue.precision_terms import ProposalState
from models.domain.precision import TuningProposal
from models.store import Read, Write, devices, precision

router = APIRouter(prefix="/v1", tags=["precision"])

CodeFilter = Annotated[str | None, Query(max_length=64, pattern=r"^[a-z0-9_]+$")]
DeviceFilter = Annotated[str | None, Query(max_length=64, pattern=r"^[a-z0-9_-]+$")]


@router.get("/precision", name="precision")
def list_precision(
    r: Reading,
    app: AppState,
    _: Anybody,
    code: CodeFilter = None,
    device_id: DeviceFilter = None,
    since: Annotated[AwareDatetime | None, Query(description="verdicts from this moment on; default: 90 days")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[PrecisionOut]:
    """List the share of verdicts that confirmed what a rule found, by camera and code, with a 95 % interval.

    False are rejections as 误报 or 不构成违规, and hazards whose appeal was upheld. Duplicates, tests and inconclusive
    verdicts do not count.
    """
    begin = _moment(since) if since is not None else app.clock.now() - limits().window
    pairs = precision.pairs(r, after=_after(cursor), device_id=device_id, code=code, limit=limit + 1)
    names = devices.devices_named(r, {pair.device_id for pair in pairs})
    return page_of(
        service.measure(r, pairs, since=begin),
        limit=limit,
        out=lambda found: precision_out(found, names=names, since=begin),
        cursor=lambda found: f"{found.pair.device_id} {found.pair.code}",
    )


def _moment(given: datetime) -> datetime:
    try:
        return require_utc(given)
    except (ValueError, OverflowError):
        raise Invalid("since: expected a time within the years 1–9999") from None


def _after(cursor: str | None) -> tuple[str, str]:
    device_id, _, code = text_cursor(cursor).partition(" ")
    return device_id, code


@router.get("/proposals", name="proposals")
def list_proposals(
    r: Reading,
    _: Reviewer,
    state: ProposalState | None = None,
    code: CodeFilter = None,
    device_id: DeviceFilter = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ProposalOut]:
    """List tuning proposals with their replay on stored verdicts, newest first."""
    rows = precision.proposals(
        r, before=uuid_cursor(cursor), state=state, device_id=device_id, code=code, limit=limit + 1
    )
    names = devices.devices_named(r, {row.device_id for row in rows})
    return page_of(rows, limit=limit, out=lambda row: proposal_out(row, names=names), cursor=lambda row: row.id)


@router.get("/proposals/{proposal_id}", name="proposal")
def one_proposal(r: Reading, response: Response, _: Reviewer, proposal_id: UUID) -> ProposalOut:
    """Return a tuning proposal. Its version is the ETag that a decision names in `If-Match`."""
    found = precision.proposal(r, proposal_id)
    if found is None:
        raise NotFound(f"no proposal {proposal_id}")
    etag(response, found.version)
    return _out(r, found)


@router.get("/proposals/{proposal_id}/verdicts", name="proposal_verdicts")
def list_verdicts(
    r: Reading, _: Reviewer, proposal_id: UUID, cursor: Cursor = None, limit: Limit = 50
) -> Page[ReplayedOut]:
    """List the verdicts that a proposal was replayed on, and which of their alerts it would keep away."""
    proposal = precision.proposal(r, proposal_id)
    if proposal is None:
        raise NotFound(f"no proposal {proposal_id}")
    rows = service.replayed(r, proposal)
    after = uuid_cursor(cursor)
    if after is not None:
        seen = next((n for n, row in enumerate(rows) if row.verdict.alert_id == after), len(rows))
        rows = rows[seen + 1 :]
    return page_of(rows[: limit + 1], limit=limit, out=replayed_out, cursor=lambda row: row.verdict.alert_id)


def _decision_route(name: str, decide: Callable[..., TuningProposal], summary: str) -> None:
    def decision(
        request: Request,
        app: AppState,
        principal: Reviewer,
        proposal_id: UUID,
        body: ProposalDecisionIn,
        seen: SeenVersion,
        key: IdempotencyKey = None,
    ) -> Response:
        def once(w: Write) -> ProposalOut:
            decided = decide(
                w,
                proposal_id,
                version=seen,
                reason=body.reason,
                by=principal.actor,
                within=within_of(principal),
                at=app.clock.now(),
            )
            return _out(w, decided)

        return creating(request, principal, key, body.model_dump_json().encode(), once, version=_version)

    router.add_api_route(
        f"/proposals/{{proposal_id}}/{name}",
        decision,
        methods=["POST"],
        response_model=ProposalOut,
        name=f"proposal_{name}",
        summary=summary,
    )


_decision_route("take", service.take, "Take a proposal: its override begins")
_decision_route("refuse", service.refuse, "Refuse a proposal")
_decision_route("undo", service.undo, "Undo a proposal that was taken: its override ends")


def _out(r: Read, proposal: TuningProposal) -> ProposalOut:
    return proposal_out(proposal, names=devices.devices_named(r, {proposal.device_id}))


def _version(out: ProposalOut) -> int:
    return out.version
