"""Violations, evidence, alerts and the verdict on them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from alerts.hazards import review
from api.access.principal import Anybody, Reviewer
from api.evidence import Copy, opened, sent
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, SeenVersion, creating, etag, page_of
from api.requests import uuid_cursor as id_in
from api.schemas import (
    AlertDetail,
    AlertOut,
    ConfirmIn,
    ConfirmOut,
    EvidenceDetail,
    InconclusiveIn,
    Page,
    RejectIn,
    ViolationOut,
)
from api.views import alert_out, clip_out, evidence_detail, evidence_out, task_out, transition_out, violation_out
from models.base.errors import NotFound, NotReady
from models.catalogue.terms import AlertState
from models.domain.alerts import Alert
from models.store import Read, Write, clips, findings, tasks

router = APIRouter(prefix="/v1", tags=["findings"])

CodeFilter = Annotated[str | None, Query(max_length=64, pattern=r"^[a-z0-9_]+$")]
MAX_SHOWN_VIOLATIONS = 100


@router.get("/violations")
def violations(r: Reading, cursor: Cursor = None, limit: Limit = 50, code: CodeFilter = None) -> Page[ViolationOut]:
    """Violations, newest first."""
    rows = findings.violations(r, before=id_in(cursor), limit=limit + 1, code=code)
    return page_of(rows, limit=limit, out=violation_out, cursor=lambda violation: violation.id)


@router.get("/violations/{violation_id}")
def violation(r: Reading, violation_id: UUID) -> ViolationOut:
    """One violation."""
    found = findings.violation(r, violation_id)
    if found is None:
        raise NotFound(f"no violation {violation_id}")
    return violation_out(found)


@router.get("/evidence/{evidence_id}")
def evidence(r: Reading, evidence_id: UUID) -> EvidenceDetail:
    """What a piece of evidence is, and how far its copies are."""
    found = findings.evidence(r, evidence_id)
    if found is None:
        raise NotFound(f"no evidence {evidence_id}")
    return evidence_detail(found, clips.copies_of(r, [found.id]))


@router.get("/evidence/{evidence_id}/content", response_class=Response)
def evidence_content(
    app: AppState,
    principal: Anybody,
    evidence_id: UUID,
    copy: Copy | None = None,
    span: Annotated[str | None, Header(alias="Range", max_length=100)] = None,
) -> Response:
    """Its bytes, checked against their sha256. Who looked is logged.

    Faces are hidden for platforms and enterprises; reviewers get the original unless they ask for a `copy`:
    `redacted` as others see it, `review` in a codec that every browser plays.
    """
    with app.store.write(principal.scope) as w:
        found = findings.evidence(w, evidence_id)
        if found is None:
            raise NotFound(f"no evidence {evidence_id}")
        file = opened(w, found, copy, principal, at=app.clock.now())
    if file is None:  # raised after the commit: the wish for the copy has to last
        raise NotReady
    return sent(app.files.get(file.sha256), file, span)


@router.get("/alerts")
def alerts(
    r: Reading, cursor: Cursor = None, limit: Limit = 50, state: AlertState | None = None, code: CodeFilter = None
) -> Page[AlertOut]:
    """Alerts, newest first."""
    rows = findings.alerts(r, before=id_in(cursor), limit=limit + 1, state=state, code=code)
    return page_of(rows, limit=limit, out=alert_out, cursor=lambda alert: alert.id)


@router.get("/alerts/queue")
def queue(r: Reading, limit: Limit = 50) -> Page[AlertOut]:
    """What waits for a verdict: the worst first, then the longest waiting."""
    rows = findings.review_queue(r, limit=limit + 1)
    return Page[AlertOut](
        data=[alert_out(alert) for alert in rows[:limit]], next_cursor=None, has_more=len(rows) > limit
    )


@router.get("/alerts/{alert_id}")
def alert(r: Reading, response: Response, alert_id: UUID) -> AlertDetail:
    """An alert with its violations, evidence, task and log."""
    found = findings.alert(r, alert_id)
    if found is None:
        raise NotFound(f"no alert {alert_id}")
    etag(response, found.revision)
    return alert_detail(r, found)


def alert_detail(r: Read, found: Alert) -> AlertDetail:
    """Everything that belongs to an alert."""
    task = tasks.task_of_alert(r, found.id)
    return AlertDetail(
        alert=alert_out(found),
        violations=[violation_out(v) for v in findings.violations(r, limit=MAX_SHOWN_VIOLATIONS, alert_id=found.id)],
        evidence=[evidence_out(e) for e in findings.evidence_of(r, found.evidence_ids)],
        clips=[clip_out(clip) for clip in clips.of_alert(r, found.id)],
        task=None if task is None else task_out(task),
        transitions=[transition_out(t) for t in tasks.transitions(r, object_kind="alert", object_id=found.id)],
    )


@router.post("/alerts/{alert_id}/confirm", response_model=ConfirmOut)
def confirm(
    request: Request,
    app: AppState,
    principal: Reviewer,
    alert_id: UUID,
    body: ConfirmIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """It is a hazard: a rectification task is dispatched at once."""
    fingerprint = body.model_dump_json().encode()

    def act(w: Write) -> ConfirmOut:
        judged, task = review.confirm(
            w, alert_id, revision=seen, by=principal.actor, at=app.clock.now(), remark=body.remark
        )
        return ConfirmOut(alert=alert_out(judged), task=task_out(task))

    return creating(request, principal, key, fingerprint, act, version=lambda made: made.alert.revision)


@router.post("/alerts/{alert_id}/reject", response_model=AlertOut)
def reject(
    request: Request,
    app: AppState,
    principal: Reviewer,
    alert_id: UUID,
    body: RejectIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """It is no hazard, and why."""
    at = app.clock.now()
    return creating(
        request,
        principal,
        key,
        body.model_dump_json().encode(),
        lambda w: alert_out(
            review.reject(w, alert_id, revision=seen, by=principal.actor, at=at, reason=body.reason, remark=body.remark)
        ),
        version=_revision,
    )


@router.post("/alerts/{alert_id}/inconclusive", response_model=AlertOut)
def inconclusive(
    request: Request,
    app: AppState,
    principal: Reviewer,
    alert_id: UUID,
    body: InconclusiveIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """The pictures allow no verdict; the remark says why."""
    at = app.clock.now()
    return creating(
        request,
        principal,
        key,
        body.model_dump_json().encode(),
        lambda w: alert_out(
            review.leave_open(w, alert_id, revision=seen, by=principal.actor, at=at, remark=body.remark)
        ),
        version=_revision,
    )


def _revision(alert: AlertOut) -> int:
    return alert.revision
