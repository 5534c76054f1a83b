"""The live wall: cameras of the caller's scope with their state and the age of their present picture."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from alerts.duties.scene_packs import GENERIC, scene_of, scene_packs
from alerts.findings.devices import USELESS
from models.base.errors import Invalid
from models.catalogue.codes import code_label
from models.catalogue.supervision_terms import BusinessKind
from models.domain.conditions import Condition
from models.domain.ledger import reason_label
from models.domain.views import WallCamera
from models.store import Read, conditions, views

State = Literal["online", "offline", "blocked", "never"]
MOST = 24
"""So many cameras stand on one page of the wall."""
WANTED_FOR = timedelta(seconds=30)
"""A picture is made for so long after somebody asked for it; a page that stays open asks again."""
FRESH = timedelta(seconds=30)
"""An older picture is not shown as a present one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One camera of the wall; `fault` says in words what is wrong, empty if nothing is."""

    camera: WallCamera
    state: State
    fault: str


def load_tiles(r: Read, *, region: str, entity_id: UUID | None, scene: str, after: str, limit: int) -> list[Tile]:
    """Load a page of the wall.

    Raises:
        Invalid: there is no such scene.
    """
    kinds = None if not scene else kinds_of(scene)
    found = views.cameras(r, region=region, entity_id=entity_id, kinds=kinds, after=after, limit=limit)
    wrong: dict[str, Condition] = {}
    for condition in sorted(
        conditions.open_conditions(r, [camera.id for camera in found]), key=lambda one: one.code in USELESS
    ):
        wrong[condition.device_id] = condition
    return [tile_of(camera, wrong.get(camera.id)) for camera in found]


def tile_of(camera: WallCamera, condition: Condition | None) -> Tile:
    """Return a camera with its state: never seen, away, seen but blocked, or fine."""
    if condition is not None and condition.code not in USELESS:
        return Tile(camera=camera, state="blocked", fault=code_label(condition.code))
    if condition is not None:
        reason = condition.detail.get("reason")
        return Tile(
            camera=camera, state="offline", fault=reason_label(str(reason)) if reason else code_label(condition.code)
        )
    if camera.last_frame_at is None:
        return Tile(camera=camera, state="never", fault="尚无画面")
    return Tile(camera=camera, state="online" if camera.online else "offline", fault="" if camera.online else "离线")


def kinds_of(scene: str) -> frozenset[BusinessKind | None]:
    """Return the lines of business of a scene; the generic one has all others and the unknown one.

    Raises:
        Invalid: there is no such scene.
    """
    if scene not in scene_packs():
        raise Invalid(f"scene {scene!r}: expected one of {', '.join(scene_packs())}")
    if scene != GENERIC:
        return frozenset(scene_packs()[scene].kinds)
    return frozenset({None, *(kind for kind in BusinessKind if scene_of(kind).id == GENERIC)})
