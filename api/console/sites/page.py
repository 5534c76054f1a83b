"""The page of sites: enterprises, their kitchens, and every device with its state."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.findings.devices import USELESS
from alerts.findings.outages import SENSOR_FAULT, UNREADABLE, is_silent, report_period
from api.console.shell.words import SWITCH, ago, number, short, state_of_switch, unit
from models.catalogue.codes import SENSOR_CODES, SensorCode, code_label
from models.catalogue.overrides import Spot
from models.catalogue.resolving import Effective, Overrides, resolve
from models.catalogue.terms import DeviceKind, Zone, label
from models.domain.conditions import Condition
from models.domain.devices import DeviceView
from models.domain.ledger import CameraDay, day_and_minute, gaps, reason_label, share
from models.domain.masking import MOVED, WISH, share_of, waits_for_supervisor
from models.domain.registry import Site
from models.store import Read, catalogue, conditions, devices, furniture, ledger, readings, registry
from models.store.legible import each

SITES_A_PAGE = 40
SKEW_LIMIT_S = 5.0
"""The page marks a device whose clock is further off than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLine:
    """One camera or sensor; `tone` rates its value: good, warn or bad."""

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
    wrong: str
    picture: str
    watched: str
    missed: str
    waits: str
    furniture: int


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
    """A page of kitchens and its totals."""

    sites: tuple[SiteCard, ...]
    devices: int
    online: int
    next_after: str | None


def load_places(r: Read, *, after: str, now: datetime) -> Places:
    """Load the page of kitchens that follow the id `after`."""
    rows = registry.sites(r, after=after, limit=SITES_A_PAGE + 1)
    shown = rows[:SITES_A_PAGE]
    hung = devices.devices_at(r, [site.id for site in shown])
    entities = registry.entities_of(r, {site.entity_id for site in shown})
    latest = {
        (device, code): (at, value) for device, code, at, value in readings.latest_of(r, [device.id for device in hung])
    }
    regions = registry.regions(r)
    cameras = [device.id for device in hung if device.kind is DeviceKind.camera]
    care = _Care(
        days=ledger.days_of(r, cameras, day=day_and_minute(now)[0]),
        wrong=_worst(conditions.open_conditions(r, [device.id for device in hung])),
        heard=conditions.heard(r, [device.id for device in hung]),
        furniture=Counter(place.device_id for place in furniture.of_cameras(r, cameras) if place.refused_at is None),
        overrides=catalogue.overrides_at(
            r, [Spot.of(device.place) for device in hung], at=now, codes=set(SENSOR_CODES)
        ),
        at=now,
    )

    def card(site: Site) -> SiteCard:
        mine = [device for device in hung if device.site_id == site.id]
        entity = entities.get(site.entity_id)
        return SiteCard(
            id=site.id,
            name=site.name,
            entity="" if entity is None else entity.name,
            credit_code="" if entity is None else entity.credit_code,
            region=regions.get(site.region_code, site.region_code),
            address=site.address,
            online=sum(_online(device, care) for device in mine),
            total=len(mine),
            devices=each(
                r,
                mine,
                lambda device: _line(device, latest.get((device.id, device.sensor_code or "")), care, now=now),
                mark=_marred_line,
            ),
        )

    return Places(
        sites=tuple(card(site) for site in shown),
        devices=len(hung),
        online=sum(_online(device, care) for device in hung),
        next_after=shown[-1].id if len(rows) > SITES_A_PAGE else None,
    )


@dataclass(frozen=True, slots=True)
class _Care:
    """By device: today's minutes of cameras, present faults, last reports of sensors, furniture before cameras."""

    days: dict[str, CameraDay]
    wrong: dict[str, Condition]
    heard: dict[str, datetime]
    furniture: Mapping[str, int]
    overrides: Overrides
    at: datetime

    def sensor(self, device: DeviceView) -> Effective[SensorCode] | None:
        """Return the sensor's code with the values that apply to it; None for cameras."""
        shipped = SENSOR_CODES.get(device.sensor_code or "")
        return (
            None
            if shipped is None
            else resolve(shipped, spot=Spot.of(device.place), overrides=self.overrides, at=self.at)
        )


def _worst(conditions: list[Condition]) -> dict[str, Condition]:
    """Return the condition to show for each device: being away or broken comes before other faults."""
    return {found.device_id: found for found in sorted(conditions, key=lambda found: found.code in USELESS)}


def _online(device: DeviceView, care: _Care) -> bool:
    """Return whether a device is online: its node is online, and the device itself is neither away nor broken."""
    condition = care.wrong.get(device.id)
    return device.online and not _unseen(device) and (condition is None or condition.code not in USELESS)


def _unseen(device: DeviceView) -> bool:
    """Return whether no frame of a camera has ever come: its node may be online without it."""
    return device.kind is DeviceKind.camera and device.last_frame_at is None


def _marred_line(device: DeviceView) -> DeviceLine:
    """Return the line of a device that can't be shown."""
    return DeviceLine(
        id=device.id,
        name=device.name,
        kind=str(device.kind),
        camera=device.kind is DeviceKind.camera,
        zone=str(device.zone),
        online=False,
        seen="—",
        skew="—",
        skewed=False,
        value="—",
        value_at="",
        tone="bad",
        wrong="这台设备无法显示",
        picture="",
        watched="",
        missed="",
        waits="",
        furniture=0,
    )


def _line(device: DeviceView, newest: tuple[datetime, float] | None, care: _Care, *, now: datetime) -> DeviceLine:
    skew = device.clock_skew_s
    day = care.days.get(device.id)
    stale = newest is not None and _stale(device, care, now=now)
    return DeviceLine(
        id=device.id,
        name=device.name,
        kind=label(device.kind) if device.sensor_code is None else code_label(device.sensor_code),
        camera=device.kind is DeviceKind.camera,
        zone=label(device.zone),
        online=_online(device, care),
        seen=ago(_seen(device, care), now=now),
        skew="—" if skew is None else f"{skew:+z.1f} 秒".replace("-", "−"),
        skewed=skew is not None and abs(skew) > SKEW_LIMIT_S,
        value=_value(device, newest),
        value_at="" if newest is None else _stale_since(device, newest[0], care) if stale else ago(newest[0], now=now),
        tone="" if newest is None or stale else tone_of(care.sensor(device), newest[1]),
        wrong=_wrong(device, care),
        picture=_picture(device),
        watched="" if day is None or not day.accounted else f"{share(day)['seen']} / {day.accounted} 分",
        missed="" if day is None else _missed(day),
        waits=_waits(device),
        furniture=care.furniture.get(device.id, 0),
    )


def _period(device: DeviceView, care: _Care) -> timedelta | None:
    own = device.config.get("report_every_s")
    return report_period(care.sensor(device), own if isinstance(own, (int, float)) else None)


def _seen(device: DeviceView, care: _Care) -> datetime | None:
    """Return when the device itself last reported; its node may report without it."""
    if device.kind is DeviceKind.sensor:
        return care.heard.get(device.id)
    return device.last_frame_at


def _stale(device: DeviceView, care: _Care, *, now: datetime) -> bool:
    """Return whether the newest value is too old, or its sensor too broken, to describe the present."""
    condition, heard_at = care.wrong.get(device.id), care.heard.get(device.id)
    away = condition is not None and condition.code in USELESS
    return away or (heard_at is not None and is_silent(_period(device, care), heard_at=heard_at, at=now))


def _stale_since(device: DeviceView, newest_at: datetime, care: _Care) -> str:
    condition = care.wrong.get(device.id)
    if condition is not None and condition.code == SENSOR_FAULT and condition.detail.get("reason") != UNREADABLE:
        return f"自 {short(condition.since)} 起读数不可信"
    return f"自 {short(newest_at)} 起无读数"


def _wrong(device: DeviceView, care: _Care) -> str:
    """Return the present fault of a device in Chinese; empty if it has none."""
    condition = care.wrong.get(device.id)
    if condition is None:
        if _unseen(device):
            return "未接入"
        never = device.online and device.id not in care.heard and _period(device, care) is not None
        return "尚无读数" if never else ""
    reason = condition.detail.get("reason")
    return reason_label(str(reason)) if reason else code_label(condition.code)


def _waits(device: DeviceView) -> str:
    """Return the change of a camera that waits for a supervisor and who made it; empty if none waits."""
    code = waits_for_supervisor(device.config) if device.kind is DeviceKind.camera else None
    if code is None:
        return ""
    wish, moved = device.config.get(WISH), device.config.get(MOVED)
    if isinstance(wish, dict):
        return f"{wish.get('by', '—')} 申请遮挡画面 {float(wish.get('share', 0)):.0%}"
    if code == "camera_masked":
        return f"已遮挡画面 {share_of(device.config):.0%}，未经批准"
    was = moved.get("zone") if isinstance(moved, dict) else None
    zone = label(Zone(was)) if was in set(Zone) else "—"
    return f"{moved.get('by', '—') if isinstance(moved, dict) else '—'} 由{zone}改为{label(device.zone)}"


def _picture(device: DeviceView) -> str:
    """Return the camera's video format that its node measured: `1920×1080 H.264 25 帧/秒`."""
    health = device.health or {}
    if device.kind is not DeviceKind.camera or not health.get("width"):
        return ""
    codec = {"h264": "H.264", "hevc": "H.265"}.get(str(health.get("codec")), str(health.get("codec") or ""))
    rate = f" {float(health['fps']):.0f} 帧/秒" if health.get("fps") else ""
    return f"{health['width']}×{health['height']} {codec}{rate}"


def _missed(day: CameraDay) -> str:
    """Return the reason for most of a camera's missed minutes today, and their number."""
    lost: dict[str, int] = {}
    for gap in gaps(day):
        lost[gap.reason] = lost.get(gap.reason, 0) + gap.minutes
    lost.pop("not_connected", None)
    if not lost:
        return ""
    worst = max(lost, key=lambda reason: lost[reason])
    return f"{reason_label(worst)} {lost[worst]} 分"


def _value(device: DeviceView, newest: tuple[datetime, float] | None) -> str:
    sensor = SENSOR_CODES.get(device.sensor_code or "")
    if newest is None or sensor is None:
        return "—"
    if sensor.unit == SWITCH:
        return state_of_switch(newest[1])
    return f"{number(newest[1])} {unit(sensor.unit)}"


def tone_of(sensor: Effective[SensorCode] | None, value: float) -> str:
    """Rate a value against its limits, whatever its duration: good, warn or bad; "" for an unwatched sensor."""
    if sensor is None or not sensor.watched:
        return ""
    crossed = {t.level for t in sensor.entry.thresholds if (value > t.limit if t.above else value < t.limit)}
    return "bad" if "alarm" in crossed else "warn" if crossed else "good"
