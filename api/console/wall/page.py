"""The live wall (生产状态实时可视): present pictures of cameras, with their state."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerts.duties.scene_packs import scene_packs
from alerts.hazards.review import REVIEWERS
from api.access.principal import Principal
from api.console.shell.choices import Choice
from api.console.shell.words import ago
from api.wall import FRESH, MOST, Tile, load_tiles
from models.catalogue.terms import label
from models.store import Read, registry

_STATES = {"online": "在线", "offline": "离线", "blocked": "画面异常", "never": "未接入"}
_LEVEL = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraTile:
    """One camera; `fresh`: it has a present picture."""

    id: str
    name: str
    zone: str
    site_id: str
    site: str
    entity: str
    entity_id: UUID
    state: str
    state_label: str
    fault: str
    seen: str
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WallPage:
    """The whole page; `after` is the cursor of the next one, empty at the end."""

    tiles: tuple[CameraTile, ...]
    regions: tuple[Choice, ...]
    scenes: tuple[Choice, ...]
    region: str
    scene: str
    entity: str
    entity_id: str
    after: str
    may_patrol: bool


def load_wall(
    r: Read, visitor: Principal, *, region: str, entity_id: UUID | None, scene: str, after: str, now: datetime
) -> WallPage:
    """Load the page of cameras that follow the id `after`."""
    found = load_tiles(r, region=region, entity_id=entity_id, scene=scene, after=after, limit=MOST + 1)
    shown = found[:MOST]
    entity = None if entity_id is None else registry.entity(r, entity_id)
    return WallPage(
        tiles=tuple(camera_tile(tile, now=now) for tile in shown),
        regions=tuple(
            Choice(value=code, text=name)
            for code, name in registry.regions(r).items()
            if visitor.entity is None and len(code) <= _LEVEL and code.startswith(visitor.region or "")
        ),
        scenes=tuple(Choice(value=pack.id, text=pack.name) for pack in scene_packs().values()),
        region=region,
        scene=scene,
        entity="" if entity is None else entity.name,
        entity_id="" if entity_id is None else str(entity_id),
        after=shown[-1].camera.id if len(found) > MOST else "",
        may_patrol=visitor.role in REVIEWERS,
    )


def camera_tile(tile: Tile, *, now: datetime) -> CameraTile:
    """Return a camera as the pages show it."""
    camera = tile.camera
    return CameraTile(
        id=camera.id,
        name=camera.name,
        zone=label(camera.zone),
        site_id=camera.site_id,
        site=camera.site,
        entity=camera.entity,
        entity_id=camera.entity_id,
        state=tile.state,
        state_label=_STATES[tile.state],
        fault=tile.fault,
        seen=ago(camera.last_frame_at or camera.last_seen_at, now=now),
        fresh=camera.captured_at is not None and now - camera.captured_at < FRESH,
    )
