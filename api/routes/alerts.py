"""Alerts, the review queue, and the verdict on an alert."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from alerts.hazards import review
from alerts.hazards.found import found_on_the_spot
from api.access.principal import Reviewer
from api.filters import Chosen
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, SeenVersion, creating, etag, page_of
from api.requests import uuid_cursor as id_in
from api.schemas import (
    AlertDetail,
    AlertOut,
    ConfirmIn,
    ConfirmOut,
    HazardIn,
    InconclusiveIn,
    Page,
    RejectIn,
)
from api.views import alert_out, clip_out, evidence_out, task_out, transition_out, violation_out
from models.base.errors import NotFound
from models.catalogue.terms import AlertState
from models.domain.alerts import Alert
from models.store import Read, Write, alerts, clips, evidence, tasks, violations

router = APIRouter(prefix="/v1", tags=["findings"])
MAX_SHOWN_VIOLATIONS = 100


@router.get("/alerts", name="alerts")
def list_alerts(
    r: Reading, chosen: Chosen, cursor: Cursor = None, limit: Limit = 50, state: AlertState | None = None
) -> Page[AlertOut]:
    """List alerts, newest first."""
    rows = alerts.alerts(r, before=id_in(cursor), limit=limit + 1, state=state, chosen=chosen)
    return page_of(rows, limit=limit, out=alert_out, cursor=lambda alert: alert.id)


@router.get("/alerts/queue")
def queue(r: Reading, limit: Limit = 50) -> Page[AlertOut]:
    """List the alerts that wait for a verdict: highest severity first, then the longest waiting."""
    rows = alerts.review_queue(r, limit=limit + 1)
    return Page[AlertOut](
        data=[alert_out(alert) for alert in rows[:limit]], next_cursor=None, has_more=len(rows) > limit
    )


@router.get("/alerts/{alert_id}")
def alert(r: Reading, response: Response, alert_id: UUID) -> AlertDetail:
    """Return an alert with its violations, evidence, task and log."""
    found = alerts.alert(r, alert_id)
    if found is None:
        raise NotFound(f"no alert {alert_id}")
    etag(response, found.revision)
    return alert_detail(r, found)


def alert_detail(r: Read, found: Alert) -> AlertDetail:
    """Load everything that belongs to an alert."""
    task = tasks.task_of_alert(r, found.id)
    return AlertDetail(
        alert=alert_out(found),
        violations=[violation_out(v) for v in violations.violations(r, limit=MAX_SHOWN_VIOLATIONS, alert_id=found.id)],
        evidence=[evidence_out(e) for e in evidence.evidence_of(r, found.evidence_ids)],
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
    """Confirm the alert as a hazard (隐患). The platform dispatches a rectification task at once."""
    fingerprint = body.model_dump_json().encode()

    def act(w: Write) -> ConfirmOut:
        judged, task = review.confirm(
            w, alert_id, revision=seen, by=principal.actor, at=app.clock.now(), remark=body.remark
        )
        return ConfirmOut(alert=alert_out(judged), task=task_out(task))

    return creating(request, principal, key, fingerprint, act, version=lambda made: made.alert.revision)


@router.post("/hazards", response_model=ConfirmOut)
def record_hazard(
    request: Request, app: AppState, principal: Reviewer, body: HazardIn, key: IdempotencyKey = None
) -> Response:
    """Record a hazard found on the spot (现场发现), also after a rejected alarm. Its task is dispatched at once."""

    def act(w: Write) -> ConfirmOut:
        found, task = found_on_the_spot(
            w,
            device_id=body.device_id,
            code=body.code,
            zone=body.zone,
            by=principal.actor,
            at=app.clock.now(),
            remark=body.remark,
        )
        return ConfirmOut(alert=alert_out(found), task=task_out(task))

    return creating(request, principal, key, body.model_dump_json().encode(), act)


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
    """Reject the alert, with a reason: the situation is no hazard."""
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
    """Mark the alert as inconclusive: the pictures allow no verdict. The remark states why."""
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
