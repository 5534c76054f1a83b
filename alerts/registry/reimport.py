"""Compare a line of an import with the registry, and apply the differences."""

from dataclasses import dataclass
from datetime import datetime, time

from alerts.registry.registering import register_officer
from alerts.registry.supervision import Change, change_device
from models.base.errors import Invalid
from models.base.hours import parse_hours
from models.catalogue.terms import DeviceKind, Role
from models.domain.access import Actor
from models.domain.registry import Entity
from models.store import Write, devices, registry

IMPORTER = Actor(name="import", role=Role.admin)
_FIXED = frozenset({"region_code"})
"""Fields that an import can't change, because every row of an enterprise contains its region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field whose value in the line differs from the registry."""

    what: str
    field: str
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.what}: {self.field} is {self.was!r}, the line says {self.now!r}"


def differences_of(w: Write, line: dict[str, str], entity: Entity) -> list[Difference]:
    """Compare a line with the registered values under its ids. Columns missing in the file are not compared."""
    found = [*_of_entity(w, line, entity), *_of_site(w, line), *_of_device(w, line)]
    return [difference for difference in found if difference.field in line and difference.was != difference.now]


def _of_entity(w: Write, line: dict[str, str], entity: Entity) -> list[Difference]:
    what = f"enterprise {entity.credit_code}"
    officer = registry.officer(w, entity.id)
    return [
        Difference(what=what, field="entity_name", was=entity.name, now=line["entity_name"]),
        Difference(what=what, field="licence_no", was=entity.licence_no or "", now=line.get("licence_no", "")),
        Difference(what=what, field="region_code", was=entity.region_code, now=line["region_code"]),
        Difference(what=what, field="officer", was="" if officer is None else officer.name, now=line["officer"]),
    ]


def _of_site(w: Write, line: dict[str, str]) -> list[Difference]:
    site = registry.site(w, line["site_id"])
    if site is None:
        return []
    what = f"site {site.id}"
    hours = parse_hours(line.get("closed", ""))
    return [
        Difference(what=what, field="site_name", was=site.name, now=line["site_name"]),
        Difference(what=what, field="address", was=site.address, now=line.get("address", "")),
        Difference(what=what, field="closed", was=_hours(site.closed_from, site.closed_to), now=_hours(*hours)),
    ]


def _of_device(w: Write, line: dict[str, str]) -> list[Difference]:
    device = devices.device(w, line["device_id"])
    if device is None:
        return []
    what = f"device {device.id}"
    return [
        Difference(what=what, field="device_name", was=device.name, now=line["device_name"]),
        Difference(what=what, field="zone", was=str(device.zone), now=line["zone"]),
        Difference(what=what, field="sensor", was=device.sensor_code or "", now=line.get("sensor", "")),
    ]


def _hours(first: time | None, last: time | None) -> str:
    return "" if first is None or last is None else f"{first:%H:%M}-{last:%H:%M}"


def apply(w: Write, line: dict[str, str], entity: Entity, differences: list[Difference], *, at: datetime) -> None:
    """Store the line's values in the registry.

    Raises:
        Invalid: something that an import can't change.
    """
    fields = {difference.field for difference in differences}
    fixed = next((one for one in differences if one.field in _FIXED), None)
    if fixed is not None:
        raise Invalid(f"{fixed}; an import can't move an enterprise to another region")
    if fields & {"entity_name", "licence_no"}:
        licence = line["licence_no"] or None if "licence_no" in line else entity.licence_no
        registry.change_entity(w, entity_id=entity.id, name=line["entity_name"], licence_no=licence)
    if "officer" in fields:
        _officer(w, entity, line["officer"], at=at)
    if fields & {"site_name", "address", "closed"}:
        _site(w, line)
    if fields & {"device_name", "zone", "sensor"}:
        _device(w, line, at=at)


def _officer(w: Write, entity: Entity, name: str, *, at: datetime) -> None:
    registry.end_officers(w, entity_id=entity.id, at=at)
    register_officer(w, entity, name=name)


def _site(w: Write, line: dict[str, str]) -> None:
    site = registry.site(w, line["site_id"])
    if site is None:
        return
    hours = parse_hours(line["closed"]) if "closed" in line else (site.closed_from, site.closed_to)
    registry.change_site(
        w, site_id=site.id, name=line["site_name"], address=line.get("address", site.address), closed=hours
    )


def _device(w: Write, line: dict[str, str], *, at: datetime) -> None:
    device = devices.device(w, line["device_id"])
    if device is None:
        return
    sensor = line.get("sensor", device.sensor_code or "")
    if bool(sensor) is (device.kind is DeviceKind.camera):
        raise Invalid(f"device {device.id!r} is a {device.kind}; decommission it and register another")
    change = Change(name=line["device_name"], zone=line["zone"], sensor_code=sensor or None)
    change_device(w, device.id, change, by=IMPORTER, at=at)
