"""Functions on codes for the API and the console: a principal's place, the values that apply there, and overrides."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from alerts.catalogue.overriding import Wish
from alerts.deadlines.clocks import deadline_text
from api.access.principal import Principal
from api.schemas.codes import CodeOut, EffectiveOut, OriginOut, OverrideIn, OverrideLogOut, OverrideOut, ValueOut
from api.views import shown_fields
from models.base.clock import require_utc
from models.base.errors import Invalid, NotFound
from models.base.hours import parse_hours
from models.catalogue.codes import Code, Entry, SensorCode, entry_of, version_of
from models.catalogue.overrides import Changes, Hours, Override, Spot, names_of
from models.catalogue.resolving import Effective, Origin, as_shipped, plain, resolve, value_of
from models.catalogue.terms import Role, label
from models.catalogue.words import is_law, severity_text, value_label, value_text
from models.store import Read, catalogue, devices, registry
from models.store.catalogue import LogLine


def known_entry(code: str) -> Entry:
    """Return the catalogue entry of a code.

    Raises:
        NotFound: the catalogue has no such code.
    """
    found = entry_of(code)
    if found is None:
        raise NotFound(f"no code {code!r} in the catalogue; /v1/codes lists them")
    return found


def within_of(principal: Principal) -> str | None:
    """Return the region in which a principal may override codes; None: the whole tenant."""
    return None if principal.role is Role.admin and principal.region is None else principal.region or "-"


def spot_for(r: Read, principal: Principal, device_id: str | None) -> Spot:
    """Return the place whose values apply: the device, or else the principal's own enterprise, region or tenant.

    Raises:
        NotFound: the principal sees no such device.
    """
    if device_id is not None:
        device = devices.device(r, device_id)
        if device is None:
            raise NotFound(f"no device {device_id!r}")
        return Spot.of(device.place)
    entity = None if principal.entity is None else registry.entity(r, principal.entity)
    region = principal.region if entity is None else entity.region_code
    return Spot(tenant_id=principal.tenant, region_code=region, entity_id=principal.entity)


def effective(r: Read, entry: Entry, spot: Spot, *, at: datetime) -> Effective[Any]:
    """Return the values of a code that apply at a place at the time `at`."""
    return resolve(entry, spot=spot, overrides=catalogue.overrides_at(r, [spot], at=at, codes=[entry.code]), at=at)


def wish_of(principal: Principal, code: str, body: OverrideIn) -> Wish:
    """Turn a request into the override that a principal wishes for.

    Raises:
        Invalid: several places at once, unreadable hours, or a time outside the years 1–9999.
    """
    if sum(place is not None for place in (body.region, body.entity_id, body.device_id)) > 1:
        raise Invalid("expected one of region, entity_id and device_id, or none of them for the whole tenant")
    changes = Changes(
        watched=body.watched,
        severity=body.severity,
        deadline=_span(body.deadline_s),
        hours=_hours(body.hours),
        limits=body.limits,
        plausible=body.plausible,
        report_every=_span(body.report_every_s),
        min_score=body.min_score,
        ignored_area=body.ignored_area,
    )
    return Wish(
        code=code,
        tenant_id=principal.tenant,
        changes=changes,
        reason=body.reason,
        region_code=body.region,
        entity_id=body.entity_id,
        device_id=body.device_id,
        valid_from=_moment(body.valid_from),
        valid_until=_moment(body.valid_until),
        within=within_of(principal),
    )


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _hours(text: str | None) -> Hours | None:
    if text is None:
        return None
    first, last = parse_hours(text)
    if first is None or last is None:
        raise Invalid("hours: expected a range of local time, for example 06:00-20:00")
    return first, last


def _moment(given: datetime | None) -> datetime | None:
    try:
        return None if given is None else require_utc(given)
    except (ValueError, OverflowError):
        raise Invalid("valid_from/valid_until: expected times within the years 1–9999") from None


def code_out(entry: Entry, counts: Mapping[str, int]) -> CodeOut:
    """Return a code with its shipped values and the number of its overrides."""
    sensor = isinstance(entry, SensorCode)
    severity = entry.alarm_severity if isinstance(entry, SensorCode) else entry.severity
    return CodeOut(
        code=entry.code,
        kind="sensor" if sensor else "violation",
        label=entry.label,
        basis=entry.basis,
        severity=severity,
        severity_label=label(severity),
        deadline_s=entry.deadline.total_seconds(),
        version=version_of(entry),
        overrides=counts.get(entry.code, 0),
        judged=entry.judged if isinstance(entry, Code) else None,
    )


def effective_out(found: Effective[Any], *, device_id: str | None) -> EffectiveOut:
    """Return the values of a code at a place, each with its origin."""
    entry: Entry = found.base
    shipped = as_shipped(entry)
    values = [
        ValueOut(
            name=name,
            label=value_label(entry, name),
            value=plain(value_of(found, name)),
            text=text_of(found, name),
            shipped=plain(value_of(shipped, name)),
            law=is_law(entry, name),
            origin=_origin_out(found.origins[name]),
        )
        for name in names_of(entry)
    ]
    return EffectiveOut(
        code=entry.code,
        kind="sensor" if isinstance(entry, SensorCode) else "violation",
        label=entry.label,
        basis=entry.basis,
        version=version_of(entry),
        device_id=device_id,
        values=values,
    )


def text_of(found: Effective[Any], name: str) -> str:
    """Return a value in Chinese words for people."""
    if name == "severity":
        return severity_text(found.entry)
    return deadline_text(found.entry) if name == "deadline" else value_text(found.base, name, value_of(found, name))


def _origin_out(origin: Origin) -> OriginOut:
    override = origin.override
    return OriginOut(
        level="catalogue" if override is None else override.level.value,
        level_label="内置目录" if override is None else label(override.level),
        version=origin.version,
        override_id=None if override is None else override.id,
        reason=None if override is None else override.reason,
        actor=None if override is None else override.actor,
        valid_until=None if override is None else override.valid_until,
        older=origin.older,
    )


def override_out(override: Override, *, at: datetime) -> OverrideOut:
    """Return an override in the form the API shows, with its state at the time `at`."""
    return OverrideOut.model_validate(
        {**shown_fields(override), "level_label": label(override.level), "in_force": override.in_force(at)}
    )


def log_out(line: LogLine) -> OverrideLogOut:
    """Return an entry of the history in the form the API shows."""
    return OverrideLogOut.model_validate(shown_fields(line))
