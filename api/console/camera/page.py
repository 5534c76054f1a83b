"""The page of one camera: its present picture with what is learnt as furniture, and its hours of correct dress."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.precision.baseline_scores import plan
from alerts.precision.service import MAY_DECIDE
from api.access.principal import Principal
from api.console.shell.words import ago, short
from models.catalogue.codes import code_label
from models.catalogue.terms import DeviceKind, Role, label
from models.domain.baselines import Baseline, BaselineResult
from models.domain.furniture import LearntPlace
from models.store import Read, baselines, devices, furniture, registry

HOURS_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLine:
    """One learnt place; its box is in hundredths of the picture."""

    id: UUID
    number: int
    x: float
    y: float
    w: float
    h: float
    since: str
    seen: str
    frames: int
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgePlace:
    """A place that the kitchen's agent has learnt, in hundredths of the picture."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HourLine:
    """One hour of correct dress; `results` in words, empty for an enterprise."""

    when: str
    said: str
    state: str
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPage:
    """The whole page. `at_the_edge`: what an agent that judges by itself has learnt; None: no agent says so."""

    id: str
    name: str
    zone: str
    site: str
    state: str
    places: tuple[PlaceLine, ...]
    hours: tuple[HourLine, ...]
    may_begin: bool
    decides: bool
    at_the_edge: tuple[EdgePlace, ...] | None


def load_camera(r: Read, visitor: Principal, camera_id: str, *, now: datetime) -> CameraPage | None:
    """Load the page; None if there is no such camera that the visitor sees."""
    device = devices.device(r, camera_id)
    if device is None or device.kind is not DeviceKind.camera:
        return None
    site = registry.site(r, device.site_id)
    places = furniture.of_cameras(r, [camera_id])
    hours = baselines.of_camera(r, camera_id, limit=HOURS_SHOWN)
    results = baselines.results_of(r, [one.id for one in hours])
    return CameraPage(
        id=device.id,
        name=device.name,
        zone=label(device.zone),
        site="" if site is None else site.name,
        state="never" if device.last_frame_at is None else "online",
        places=tuple(_line(place, number, now=now) for number, place in enumerate(places, 1)),
        hours=tuple(_hour(one, [result for result in results if result.baseline_id == one.id]) for one in hours),
        may_begin=not hours or now - hours[0].begins_at >= plan().again_after,
        decides=visitor.role in MAY_DECIDE,
        at_the_edge=_edge_places(device.health or {}),
    )


def _edge_places(health: Mapping[str, Any]) -> tuple[EdgePlace, ...] | None:
    """Return the places in a device's health, which intake has checked; None without an agent that judges."""
    boxes = health.get("furniture")
    if boxes is None:
        return None
    corners = (tuple(round(one * 100, 2) for one in box) for box in boxes)
    return tuple(EdgePlace(x=x0, y=y0, w=round(x1 - x0, 2), h=round(y1 - y0, 2)) for x0, y0, x1, y1 in corners)


def _line(place: LearntPlace, number: int, *, now: datetime) -> PlaceLine:
    x0, y0, x1, y1 = (round(one * 100, 2) for one in place.box)
    return PlaceLine(
        id=place.id,
        number=number,
        x=x0,
        y=y0,
        w=round(x1 - x0, 2),
        h=round(y1 - y0, 2),
        since=short(place.since),
        seen=ago(place.seen_at, now=now),
        frames=place.frames,
        refused=""
        if place.refused_at is None
        else f"{short(place.refused_at)} {place.refused_by} 标记为人员：{place.reason}",
    )


def _hour(one: Baseline, results: list[BaselineResult]) -> HourLine:
    watched = "" if one.watched is None else f"，监看 {one.watched} 分钟"
    return HourLine(
        when=f"{short(one.begins_at)} – {short(one.ends_at)}",
        said=f"{one.said_by}（{label(Role(one.said_as))}）声明",
        state=label(one.state) + watched,
        results=tuple(
            f"{code_label(result.code)}：发现 {result.found} 次，最高置信度 {result.highest:.2f}；"
            + label(result.outcome)
            + ("" if result.score is None else f"（低于 {result.score:g} 不产生预警）")
            for result in results
        ),
    )
