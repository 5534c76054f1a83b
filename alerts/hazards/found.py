"""Hazards that a person found: on the spot, or at the look-back at a closed one."""

from datetime import datetime
from uuid import UUID

from alerts.hazards.review import REVIEWERS, confirm
from models.base.errors import Invalid, InvalidTransition, NotAllowed, NotFound
from models.catalogue.codes import Code, entry_of
from models.catalogue.overrides import Spot
from models.catalogue.resolving import resolve
from models.catalogue.terms import AlertOrigin, AlertState, Severity, Zone
from models.changes.alerts import open_alert
from models.domain.access import Actor
from models.domain.alerts import Alert
from models.domain.place import Place
from models.domain.tasks import RectificationTask
from models.store import Read, Write, alerts, catalogue, devices


def found_on_the_spot(
    w: Write, *, device_id: str, code: str, zone: Zone | None, by: Actor, at: datetime, remark: str
) -> tuple[Alert, RectificationTask]:
    """Record a hazard that a regulator saw at a kitchen, and dispatch its task.

    The device is the camera or sensor at the place; without `zone` the hazard is in the zone of the device.

    Raises:
        Invalid: the catalogue has no such code.
        InvalidTransition: the situation has an open task already.
        NotAllowed: the actor is no reviewer.
        NotFound: the device does not exist or lies outside the scope of the actor.
    """
    if by.role not in REVIEWERS:
        raise NotAllowed(f"recording a hazard is for: {', '.join(sorted(REVIEWERS))}; you are {by.role}")
    device = devices.device(w, device_id)
    if device is None:
        raise NotFound(f"no device {device_id}")
    place = Place(
        tenant_id=device.tenant_id,
        entity_id=device.entity_id,
        region_code=device.region_code,
        site_id=device.site_id,
        device_id=device.id,
        zone=zone or device.zone,
    )
    severity = _severity(w, place, code, at=at)
    new = Alert.waiting(place, code=code, severity=severity, origin=AlertOrigin.spot, opened_at=at)
    return _confirmed(w, new, by=by, at=at, remark=remark)


def found_again(
    w: Write, task: RectificationTask, *, by: Actor, at: datetime, remark: str
) -> tuple[Alert, RectificationTask]:
    """Record that the hazard of a closed task came back: a new alert and a new task that refers to the old one.

    Raises:
        InvalidTransition: the situation has an open task already.
    """
    new = Alert.waiting(task, code=task.code, severity=task.severity, origin=AlertOrigin.lookback, opened_at=at)
    return _confirmed(w, new, by=by, at=at, remark=remark, relapse_of=task.id)


def _severity(r: Read, place: Place, code: str, *, at: datetime) -> Severity:
    entry = entry_of(code)
    if not isinstance(entry, Code):
        raise Invalid(f"code: {code!r} is not a violation of the catalogue; see GET /v1/codes")
    spot = Spot.of(place)
    overrides = catalogue.overrides_at(r, [spot], at=at, codes=[code])
    return resolve(entry, spot=spot, overrides=overrides, at=at).entry.severity


def _confirmed(
    w: Write, new: Alert, *, by: Actor, at: datetime, remark: str, relapse_of: UUID | None = None
) -> tuple[Alert, RectificationTask]:
    """Open and confirm an alert; one of the same situation that still waits for its verdict is confirmed instead."""
    alert = open_alert(w, new, at=at)
    if alert is None:
        alert = alerts.situation(w, device_id=new.device_id, code=new.code, zone=new.zone, cooldown_from=at)
    if alert is None or alert.state is not AlertState.pending_review:
        raise InvalidTransition("this situation has an open task already; follow that one")
    return confirm(w, alert.id, revision=alert.revision, by=by, at=at, remark=remark, relapse_of=relapse_of)
