"""Turn domain values into the API's bodies, with their Chinese labels."""

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from api.schemas import (
    AlertOut,
    CameraDayOut,
    ClipOut,
    ConditionOut,
    DeviceOut,
    EvidenceDetail,
    EvidenceOut,
    TaskOut,
    TransitionOut,
    ViolationOut,
)
from models.catalogue.codes import code_basis, code_label
from models.catalogue.terms import label
from models.domain.alerts import Alert
from models.domain.clips import ClipRequest
from models.domain.conditions import Condition
from models.domain.devices import DeviceView
from models.domain.evidence import Evidence, EvidenceCopy
from models.domain.ledger import CameraDay, gaps, reason_label, share
from models.domain.tasks import RectificationTask, Transition
from models.domain.violations import Violation

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def shown_fields(value: "DataclassInstance") -> dict[str, Any]:
    """Return the fields of a value by name, uncopied: `dataclasses.asdict` of a page takes longer than its queries."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def violation_out(violation: Violation) -> ViolationOut:
    """Return a violation in the form the API shows."""
    return ViolationOut.model_validate({**shown_fields(violation), "label": code_label(violation.code)})


def alert_out(alert: Alert) -> AlertOut:
    """Return an alert in the form the API shows."""
    return AlertOut.model_validate({**_labelled(alert), "basis": code_basis(alert.code)})


def task_out(task: RectificationTask) -> TaskOut:
    """Return a task in the form the API shows."""
    more = {
        "clock_label": label(task.clock),
        "extension_label": None if task.extension is None else label(task.extension),
        "asked_s": None if task.asked_span is None else task.asked_span.total_seconds(),
        "appeal_label": None if task.appeal is None else label(task.appeal),
        "lookback_label": None if task.lookback is None else label(task.lookback),
    }
    return TaskOut.model_validate({**_labelled(task), **more})


def evidence_out(evidence: Evidence) -> EvidenceOut:
    """Return a piece of evidence in the form the API shows."""
    return EvidenceOut.model_validate(evidence)


def evidence_detail(evidence: Evidence, copies: list[EvidenceCopy]) -> EvidenceDetail:
    """Return a piece of evidence with its copies."""
    return EvidenceDetail.model_validate({**shown_fields(evidence), "copies": [shown_fields(copy) for copy in copies]})


def clip_out(clip: ClipRequest) -> ClipOut:
    """Return the state of a clip."""
    return ClipOut.model_validate(clip)


def condition_out(condition: Condition) -> ConditionOut:
    """Return a device's fault in the form the API shows."""
    return ConditionOut.model_validate({**shown_fields(condition), "label": code_label(condition.code)})


def device_out(device: DeviceView, conditions: Iterable[Condition]) -> DeviceOut:
    """Return a device with those of the open conditions that are its own."""
    mine = [condition_out(found) for found in conditions if found.device_id == device.id]
    return DeviceOut.model_validate({**shown_fields(device), "conditions": mine})


def camera_day_out(day: CameraDay) -> CameraDayOut:
    """Return a camera's day with its gaps."""
    found = [{**shown_fields(gap), "minutes": gap.minutes, "label": reason_label(gap.reason)} for gap in gaps(day)]
    return CameraDayOut.model_validate({"device_id": day.device_id, "day": day.day, **share(day), "gaps": found})


def transition_out(transition: Transition) -> TransitionOut:
    """Return an entry of the transition log in the form the API shows."""
    return TransitionOut.model_validate(shown_fields(transition))


def _labelled(value: Alert | RectificationTask) -> dict[str, Any]:
    return {
        **shown_fields(value),
        "label": code_label(value.code),
        "zone_label": label(value.zone),
        "severity_label": label(value.severity),
        "state_label": label(value.state),
    }
