"""What the page of sites shows: enterprises, their kitchens, every device and how it is."""

from dataclasses import dataclass
from datetime import datetime

from api.console.words import ago, number, unit
from models.codes import SENSOR_CODES, code_label
from models.registry import DeviceView, Site
from models.store import Read, intake, registry
from models.terms import DeviceKind, label

SITES_A_PAGE = 40
SKEW_LIMIT_S = 5.0
"""A device's clock further off than this is an alarm (skew is measured and shown)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLine:
    """One camera or sensor; `tone` of its value is good, warn or bad."""

    id: str
    name: str
    kind: str
    camera: bool
    zone: str
    online: bool
    seen: str
    skew: str
    skewed: bool
    value: str
    value_at: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCard:
    """One kitchen with its devices."""

    id: str
    name: str
    entity: str
    credit_code: str
    region: str
    address: str
    online: int
    total: int
    devices: tuple[DeviceLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """A page of kitchens and the sums over it."""

    sites: tuple[SiteCard, ...]
    devices: int
    online: int
    next_after: str | None


def load_places(r: Read, *, after: str, now: datetime) -> Places:
    """A page of kitchens behind `after`."""
    rows = registry.sites(r, after=after, limit=SITES_A_PAGE + 1)
    shown = rows[:SITES_A_PAGE]
    devices = registry.devices_at(r, [site.id for site in shown])
    entities = registry.entities_of(r, {site.entity_id for site in shown})
    latest = {
        (device, code): (at, value)
        for device, code, at, value in intake.latest_of(r, [device.id for device in devices])
    }
    regions = registry.regions(r)

    def card(site: Site) -> SiteCard:
        mine = [device for device in devices if device.site_id == site.id]
        entity = entities.get(site.entity_id)
        return SiteCard(
            id=site.id,
            name=site.name,
            entity="" if entity is None else entity.name,
            credit_code="" if entity is None else entity.credit_code,
            region=regions.get(site.region_code, site.region_code),
            address=site.address,
            online=sum(device.online for device in mine),
            total=len(mine),
            devices=tuple(_line(device, latest.get((device.id, device.sensor_code or "")), now=now) for device in mine),
        )

    return Places(
        sites=tuple(card(site) for site in shown),
        devices=len(devices),
        online=sum(device.online for device in devices),
        next_after=shown[-1].id if len(rows) > SITES_A_PAGE else None,
    )


def _line(device: DeviceView, newest: tuple[datetime, float] | None, *, now: datetime) -> DeviceLine:
    skew = device.clock_skew_s
    return DeviceLine(
        id=device.id,
        name=device.name,
        kind=label(device.kind) if device.sensor_code is None else code_label(device.sensor_code),
        camera=device.kind is DeviceKind.camera,
        zone=label(device.zone),
        online=device.online,
        seen=ago(device.last_seen_at, now=now),
        skew="—" if skew is None else f"{skew:+z.1f} 秒".replace("-", "−"),
        skewed=skew is not None and abs(skew) > SKEW_LIMIT_S,
        value=_value(device, newest),
        value_at="" if newest is None else ago(newest[0], now=now),
        tone="" if newest is None else tone_of(device.sensor_code, newest[1]),
    )


def _value(device: DeviceView, newest: tuple[datetime, float] | None) -> str:
    sensor = SENSOR_CODES.get(device.sensor_code or "")
    if newest is None or sensor is None:
        return "—"
    if sensor.unit == "/":
        return "触发" if newest[1] >= 0.5 else "正常"  # noqa: PLR2004 - a switch is 0 or 1
    return f"{number(newest[1])} {unit(sensor.unit)}"


def tone_of(sensor_code: str | None, value: float) -> str:
    """How a value stands to its limits, without regard to how long: good, warn or bad."""
    sensor = SENSOR_CODES.get(sensor_code or "")
    if sensor is None:
        return ""
    crossed = {t.level for t in sensor.thresholds if (value > t.limit if t.above else value < t.limit)}
    return "bad" if "alarm" in crossed else "warn" if crossed else "good"
