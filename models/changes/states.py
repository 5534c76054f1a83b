"""Load the whole state of a subject for its events and the snapshot (`models/events/payloads.py`)."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast
from uuid import UUID

from models.base.clock import rfc3339
from models.catalogue.codes import code_label
from models.catalogue.terms import label
from models.domain.access import Actor
from models.domain.alerts import Alert
from models.domain.devices import Device
from models.domain.evidence import Evidence
from models.domain.tasks import RectificationTask, appeal_photos
from models.domain.violations import Violation
from models.events.device_payloads import DeviceData
from models.events.payloads import (
    ActorData,
    AlertData,
    EntityData,
    EvidenceData,
    Measured,
    SituationData,
    TaskData,
    ViolationData,
)
from models.store import evidence, registry, tasks
from models.store.connect import Read

Subject = Violation | Alert | RectificationTask


def violation_states(r: Read, violations: Iterable[Violation]) -> list[ViolationData]:
    """Return the event data of violations; their evidence is read once for all."""
    rows = list(violations)
    pieces = _pieces(r, [row.evidence_ids for row in rows])
    return [_violation(r, row, pieces) for row in rows]


def alert_states(r: Read, alerts: Iterable[Alert]) -> list[AlertData]:
    """Return the event data of alerts; their evidence is read once for all."""
    rows = list(alerts)
    pieces = _pieces(r, [row.evidence_ids for row in rows])
    return [_alert(r, row, pieces) for row in rows]


def task_states(r: Read, found: Iterable[RectificationTask]) -> list[TaskData]:
    """Return the event data of tasks; their proof and photos of appeals are read once for all."""
    rows = list(found)
    appeals = {row.id: _photos_of_appeal(r, row) for row in rows if row.appeal is not None}
    pieces = _pieces(r, [*(row.proof_ids for row in rows), *appeals.values()])
    return [_task(r, row, pieces, appeal=appeals.get(row.id, ())) for row in rows]


def entity_state(r: Read, entity_id: UUID) -> EntityData | None:
    """Return the event data of an enterprise; it is read once for each transaction."""
    entity = r.once("entity", entity_id, lambda: registry.entity(r, entity_id))
    if entity is None:
        return None
    return EntityData(
        id=str(entity.id),
        name=entity.name,
        credit_code=entity.credit_code,
        licence_no=entity.licence_no,
        region_code=entity.region_code,
    )


def actor_data(by: Actor) -> ActorData:
    """Return an actor in the form of events and histories."""
    return ActorData(name=by.name, role=str(by.role))


def device_state(r: Read, device: Device) -> DeviceData:
    """Return the event data of a device."""
    return cast(
        "DeviceData",
        {
            "version": device.version,
            "device_id": device.id,
            "label": label(device.kind) if device.sensor_code is None else code_label(device.sensor_code),
            "site_id": device.site_id,
            **device_settings(device),
            "entity": entity_state(r, device.entity_id),
        },
    )


def device_settings(device: Device) -> dict[str, object]:
    """Return what can change about a device: name, zone, node, kind of sensor, drawn regions, other settings."""
    return {
        **device.config,
        **({} if device.sensor_code is None else {"sensor_code": device.sensor_code}),
        "name": device.name,
        "zone": str(device.zone),
        "zone_label": label(device.zone),
        "node_id": device.node_id,
    }


def time_or_none(moment: datetime | None) -> str | None:
    """Return a moment as RFC 3339, or None."""
    return None if moment is None else rfc3339(moment)


def _violation(r: Read, violation: Violation, pieces: dict[UUID, Evidence]) -> ViolationData:
    return ViolationData(
        **_situation(r, violation, violation.evidence_ids, pieces),
        violation_id=str(violation.id),
        alert_id=None if violation.alert_id is None else str(violation.alert_id),
        track_id=violation.track_id,
        state=violation.state,
        review=violation.review,
        start=rfc3339(violation.started_at),
        end=time_or_none(violation.ended_at),
        score=violation.score,
        model=violation.model,
        rule=violation.rule,
        boxes=violation.boxes,
    )


def _alert(r: Read, alert: Alert, pieces: dict[UUID, Evidence]) -> AlertData:
    return AlertData(
        **_situation(r, alert, alert.evidence_ids, pieces),
        alert_id=str(alert.id),
        origin=alert.origin,
        state=alert.state,
        occurrences=alert.occurrences,
        start=rfc3339(alert.first_at),
        end=time_or_none(alert.closed_at),
        last=rfc3339(alert.last_at),
        score=alert.score,
        reason=alert.reason,
        **cast("Measured", alert.measured or {}),
    )


def _photos_of_appeal(r: Read, task: RectificationTask) -> tuple[UUID, ...]:
    return appeal_photos(tasks.transitions(r, object_kind="task", object_id=task.id))


def _task(r: Read, task: RectificationTask, pieces: dict[UUID, Evidence], *, appeal: tuple[UUID, ...]) -> TaskData:
    person = None if task.person_id is None else registry.person(r, task.person_id)
    return TaskData(
        **_situation(r, task, task.proof_ids, pieces),
        task_id=str(task.id),
        alert_id=str(task.alert_id),
        state=task.state,
        attempt=task.attempt,
        accountable=None if person is None else {"name": person.name, "post": person.post},
        dispatched_at=rfc3339(task.dispatched_at),
        due_at=rfc3339(task.due_at),
        acknowledged_at=time_or_none(task.acknowledged_at),
        submitted_at=time_or_none(task.submitted_at),
        closed_at=time_or_none(task.closed_at),
        overdue_level=task.overdue_level,
        clock=task.clock,
        due_provisional=task.due_provisional,
        extension=task.extension,
        appeal=task.appeal,
        appeal_reason=task.appeal_reason,
        appeal_evidence=_evidence_of(appeal, pieces),
        lookback=task.lookback,
        lookback_due_at=time_or_none(task.lookback_due_at),
        relapse_of=None if task.relapse_of is None else str(task.relapse_of),
        escalated_to=[holder.value for holder in task.escalated_to],
        requirement=task.requirement,
        measure=task.measure,
        cause=task.cause,
        submitted_by=task.submitted_by,
        reason=tasks.reason_of(r, task.id),
    )


def _situation(r: Read, subject: Subject, ids: tuple[UUID, ...], pieces: dict[UUID, Evidence]) -> SituationData:
    return SituationData(
        version=subject.version,
        code=subject.code,
        label=code_label(subject.code),
        severity=subject.severity,
        zone=subject.zone,
        zone_label=label(subject.zone),
        site_id=subject.site_id,
        device_id=subject.device_id,
        evidence=_evidence_of(ids, pieces),
        entity=entity_state(r, subject.entity_id),
    )


def _evidence_of(ids: tuple[UUID, ...], pieces: dict[UUID, Evidence]) -> list[EvidenceData]:
    return [_evidence(pieces[piece]) for piece in sorted(set(ids)) if piece in pieces]


def _pieces(r: Read, ids: Iterable[tuple[UUID, ...]]) -> dict[UUID, Evidence]:
    wanted = sorted({piece for several in ids for piece in several})
    return {piece.id: piece for piece in evidence.evidence_of(r, wanted)} if wanted else {}


def _evidence(piece: Evidence) -> EvidenceData:
    return EvidenceData(
        id=str(piece.id),
        kind=piece.kind,
        sha256=piece.sha256,
        bytes=piece.bytes,
        start=rfc3339(piece.captured_at),
        end=rfc3339(piece.ends_at or piece.captured_at),
    )
