"""Begin and end overrides of the catalogue: each call checks, stores and adds an entry to the history."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from models.base.errors import Conflict, Invalid, NotAllowed, NotFound
from models.base.ids import uuid7
from models.catalogue.checking import require_lawful, require_ordered, require_sensible
from models.catalogue.codes import Code, Entry, require_entry
from models.catalogue.overrides import Changes, Override, Spot
from models.catalogue.precision_terms import OverrideLevel
from models.catalogue.resolving import Effective, plain, resolve, value_of
from models.catalogue.terms import DeviceKind, Role
from models.changes.catalogue import begin_override, end_override
from models.domain.access import Actor
from models.domain.devices import Device
from models.store import catalogue, devices, registry
from models.store.connect import Write

log = structlog.get_logger()

MAY_OVERRIDE = frozenset({Role.regulator, Role.admin})
MOST_LIVING = 20
"""Largest number of overrides of one code at one place that have not ended; bounds what a unit of work loads."""
FURTHEST = timedelta(days=366 * 5)
"""A given beginning or end lies within five years, so that a mistyped year is refused."""
LONGEST_REASON = 500
_REGION_DIGITS = range(2, 13)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A requested override. Its place is the most specific of device, enterprise and region.

    Attributes:
        within: the region prefix that the requester supervises; None = the whole tenant.
    """

    code: str
    tenant_id: str
    changes: Changes
    reason: str
    region_code: str | None = None
    entity_id: UUID | None = None
    device_id: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    within: str | None = None


def begin(w: Write, wish: Wish, *, by: Actor, at: datetime) -> Override:
    """Begin an override.

    Raises:
        NotAllowed: the role may not override; the place is outside the caller's region; a law demands the value.
        NotFound: no such device or enterprise that the caller may see.
        Invalid: a value or a time is not acceptable.
        Conflict: the place has too many overrides of this code that have not ended.
    """
    _require_overrider(by)
    entry = require_entry(wish.code)
    require_sensible(entry, wish.changes)
    if wish.changes.ignored_area is not None and wish.device_id is None:
        raise Invalid("屏蔽区域只能针对一台摄像机设置 ignored_area is for one camera; name it with device_id")
    override = _placed(w, wish, entry, by=by, at=at)
    catalogue.lock_place(w, place=override.place, code=override.code)
    if catalogue.living(w, place=override.place, code=override.code, at=at) >= MOST_LIVING:
        raise Conflict(
            f"这一位置的调整太多，请先结束一项 this place has {MOST_LIVING} overrides of {override.code} already; "
            "end one first"
        )
    spot, moment = _spot(override), override.valid_from
    known = catalogue.overrides_at(w, [spot], at=moment, codes=[override.code])
    before = resolve(entry, spot=spot, overrides=known, at=moment)
    after = resolve(entry, spot=spot, overrides=known.with_one(override), at=moment)
    require_ordered(wish.changes, after=after.entry)
    require_lawful(entry, wish.changes, role=by.role)
    begin_override(w, override, before=_values(before, override), after=_values(after, override))
    log.info("override begun", code=override.code, place=override.place, actor=by.name, override=str(override.id))
    return override


def end(
    w: Write, override_id: UUID, *, code: str, reason: str, by: Actor, within: str | None, at: datetime
) -> Override:
    """End an override; the next less specific value applies from `at` on.

    Raises:
        NotAllowed: the role may not override, or the override is outside the caller's region.
        NotFound: no such override of this code that the caller may see.
        Conflict: the override has ended already.
    """
    _require_overrider(by)
    override = catalogue.override(w, override_id)
    if override is None or override.code != code:
        raise NotFound(f"no override {override_id} of {code}")
    _require_own(override, by=by, within=within)
    entry, spot = require_entry(code), _spot(override)
    known = catalogue.overrides_at(w, [spot], at=at, codes=[code])
    before = resolve(entry, spot=spot, overrides=known, at=at)
    after = resolve(entry, spot=spot, overrides=known.without(override), at=at)
    ended = end_override(
        w,
        override,
        by=by,
        reason=_reason(reason),
        before=_values(before, override),
        after=_values(after, override),
        at=at,
    )
    if ended is None:
        raise Conflict(f"这项调整已经结束 override {override_id} has ended already")
    log.info("override ended", code=code, place=override.place, actor=by.name, override=str(override.id))
    return ended


def _require_overrider(by: Actor) -> None:
    if by.role not in MAY_OVERRIDE:
        raise NotAllowed(f"this needs one of the roles {', '.join(sorted(MAY_OVERRIDE))}; your role is {by.role}")


def _require_own(override: Override, *, by: Actor, within: str | None) -> None:
    """Require a place inside the caller's region; only an administrator of the tenant overrides for all of it."""
    if override.level is OverrideLevel.tenant and (by.role is not Role.admin or within is not None):
        raise NotAllowed("only an administrator of the tenant may override for the whole tenant")
    if within is not None and not (override.region_code or "").startswith(within):
        raise NotAllowed(
            f"超出您的监管地区 region {override.region_code} is outside {within}, the region you supervise"
        )


def _placed(w: Write, wish: Wish, entry: Entry, *, by: Actor, at: datetime) -> Override:
    """Return the override at the most specific place that the wish names."""
    valid_from, valid_until = _times(wish, at=at)
    override = Override(
        id=uuid7(),
        tenant_id=wish.tenant_id,
        level=OverrideLevel.tenant,
        region_code=None,
        entity_id=None,
        device_id=None,
        code=entry.code,
        changes=wish.changes.as_json(),
        reason=_reason(wish.reason),
        actor=by.name,
        actor_role=by.role,
        valid_from=valid_from,
        valid_until=valid_until,
        created_at=at,
    )
    if wish.device_id is not None:
        device = devices.device(w, wish.device_id)
        if device is None or device.tenant_id != wish.tenant_id:
            raise NotFound(f"没有这台设备 no device {wish.device_id!r}")
        _require_fitting(device, entry)
        override = replace(
            override,
            level=OverrideLevel.device,
            region_code=device.region_code,
            entity_id=device.entity_id,
            device_id=device.id,
        )
    elif wish.entity_id is not None:
        entity = registry.entity(w, wish.entity_id)
        if entity is None or entity.tenant_id != wish.tenant_id:
            raise NotFound(f"没有这家经营主体 no enterprise {wish.entity_id}")
        override = replace(override, level=OverrideLevel.entity, region_code=entity.region_code, entity_id=entity.id)
    elif wish.region_code is not None:
        if not (wish.region_code.isascii() and wish.region_code.isdigit() and len(wish.region_code) in _REGION_DIGITS):
            raise Invalid(
                f"地区代码应为 2–12 位数字 region {wish.region_code!r}, expected the 2–12 digits of a region code "
                "or of its beginning"
            )
        override = replace(override, level=OverrideLevel.region, region_code=wish.region_code)
    _require_own(override, by=by, within=wish.within)
    return override


def _require_fitting(device: Device, entry: Entry) -> None:
    """Refuse a device of another kind: it never finds anything of this code, so the override would do nothing."""
    if device.kind is DeviceKind.sensor:
        fits = device.sensor_code == entry.code or entry.code.startswith("sensor_")
    else:
        fits = isinstance(entry, Code) and not entry.code.startswith("sensor_")
    if not fits:
        what = "a camera" if device.kind is DeviceKind.camera else f"a sensor of {device.sensor_code}"
        raise Invalid(f"这台设备不产生此类发现 device {device.id!r} is {what}; it never reports {entry.code}")


def _times(wish: Wish, *, at: datetime) -> tuple[datetime, datetime | None]:
    begins = wish.valid_from or at
    if begins < at - timedelta(minutes=1):
        raise Invalid("from: expected now or later; an override does not change earlier findings")
    if begins > at + FURTHEST or (wish.valid_until is not None and wish.valid_until > at + FURTHEST):
        raise Invalid("起止时间应在五年以内 from/until: expected times within the next five years")
    if wish.valid_until is not None and wish.valid_until <= max(begins, at):
        raise Invalid("结束时间应晚于现在和开始时间 until: expected a time after now and after from")
    return begins, wish.valid_until


def _reason(text: str) -> str:
    plain_text = text.strip()
    if not 0 < len(plain_text) <= LONGEST_REASON or "\x00" in plain_text:
        raise Invalid(
            f"请写明理由，不超过 {LONGEST_REASON} 字 reason: expected a text of 1 to {LONGEST_REASON} characters"
        )
    return plain_text


def _spot(override: Override) -> Spot:
    return Spot(
        tenant_id=override.tenant_id,
        region_code=override.region_code,
        entity_id=override.entity_id,
        device_id=override.device_id,
    )


def _values(effective: "Effective[Any]", override: Override) -> dict[str, Any]:
    """Return the values in force for what an override changes, by name."""
    return {name: plain(value_of(effective, name)) for name in Changes.of_json(override.changes).values()}
