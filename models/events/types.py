"""Every event type of the feed. A type's name and meaning never change; new types may be added."""

from enum import StrEnum

from models.base.errors import Invalid


class EventType(StrEnum):
    """The types of events: `mingchu.{subject}.{change}`."""

    violation_opened = "mingchu.violation.opened"
    violation_updated = "mingchu.violation.updated"
    violation_closed = "mingchu.violation.closed"

    alert_opened = "mingchu.alert.opened"
    alert_updated = "mingchu.alert.updated"
    alert_confirmed = "mingchu.alert.confirmed"
    alert_rejected = "mingchu.alert.rejected"
    alert_inconclusive = "mingchu.alert.inconclusive"
    alert_closed = "mingchu.alert.closed"

    task_dispatched = "mingchu.task.dispatched"
    task_acknowledged = "mingchu.task.acknowledged"
    task_rectifying = "mingchu.task.rectifying"
    task_submitted = "mingchu.task.submitted"
    task_under_review = "mingchu.task.under_review"
    task_returned = "mingchu.task.returned"
    task_closed = "mingchu.task.closed"
    task_voided = "mingchu.task.voided"
    task_overdue = "mingchu.task.overdue"
    task_handed_over = "mingchu.task.handed_over"
    task_escalated = "mingchu.task.escalated"
    task_updated = "mingchu.task.updated"
    task_extension_asked = "mingchu.task.extension_asked"
    task_extended = "mingchu.task.extended"
    task_extension_refused = "mingchu.task.extension_refused"
    task_appealed = "mingchu.task.appealed"
    task_appeal_upheld = "mingchu.task.appeal_upheld"
    task_appeal_dismissed = "mingchu.task.appeal_dismissed"
    task_lookback_passed = "mingchu.task.lookback_passed"
    task_relapsed = "mingchu.task.relapsed"
    task_transferred = "mingchu.task.transferred"
    task_taken_back = "mingchu.task.taken_back"

    lead_created = "mingchu.lead.created"
    lead_updated = "mingchu.lead.updated"
    lead_closed = "mingchu.lead.closed"

    record_signed = "mingchu.record.signed"
    report_signed = "mingchu.report.signed"

    meal_recorded = "mingchu.meal.recorded"

    pledge_signed = "mingchu.pledge.signed"
    pledge_signed_by_post = "mingchu.pledge.signed_by_post"
    supervision_warned = "mingchu.supervision.warned"

    warning_opened = "mingchu.warning.opened"
    warning_raised = "mingchu.warning.raised"
    warning_ended = "mingchu.warning.ended"

    duty_index_frozen = "mingchu.duty.index_frozen"
    duty_letter_issued = "mingchu.duty.letter_issued"
    duty_letter_answered = "mingchu.duty.letter_answered"

    outlet_placed = "mingchu.outlet.placed"
    outlet_removed = "mingchu.outlet.removed"

    supervision_created = "mingchu.supervision.created"
    supervision_updated = "mingchu.supervision.updated"
    supervision_closed = "mingchu.supervision.closed"
    supervision_drawn = "mingchu.supervision.drawn"
    supervision_rechecked = "mingchu.supervision.rechecked"

    device_online = "mingchu.device.online"
    device_offline = "mingchu.device.offline"
    device_revoked = "mingchu.device.revoked"
    device_changed = "mingchu.device.changed"
    device_decommissioned = "mingchu.device.decommissioned"
    device_fault = "mingchu.device.fault"
    device_recovered = "mingchu.device.recovered"


def require_type(name: str) -> None:
    """Check what a receiver asks for: an event type, exact or `prefix.*`.

    Raises:
        Invalid: no event has it.
    """
    if not any(one == name or (name.endswith(".*") and one.startswith(name[:-1])) for one in EventType):
        raise Invalid(f"{name[:100]!r} is no event type; docs/EVENTS.md lists them")
