"""The live wall: cameras with their state, and their present pictures while somebody watches."""

import time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.access.principal import Stepper
from api.access.throttle import Pace
from api.requests import AppState, Cursor, Reading, creating, page_of, text_cursor
from api.routes.devices import Slug
from api.schemas import Page
from api.schemas.wall import ViewsIn, ViewsOut, WallCameraOut
from api.wall import MOST, WANTED_FOR, Tile, load_tiles
from models.base.errors import NotFound
from models.store import Write, audit, views

router = APIRouter(prefix="/v1", tags=["devices"])
LOOK = Pace(burst=1, every_s=600)
"""Watching one camera is noted in the audit log once in so long for each person."""

Region = Annotated[str, Query(pattern="^([0-9]{2,12})?$", description="only regions whose code starts with this")]
Scene = Annotated[str, Query(max_length=40, description="only enterprises of this scene, as `/v1/scenes` lists them")]
Wall = Annotated[int, Query(ge=1, le=MOST)]


@router.get("/wall", name="wall")
def show_wall(
    r: Reading,
    _: Stepper,
    region: Region = "",
    entity_id: UUID | None = None,
    scene: Scene = "",
    cursor: Cursor = None,
    limit: Wall = MOST,
) -> Page[WallCameraOut]:
    """List cameras with their state, by id. `POST /v1/camera-views` has their present pictures made."""
    after = text_cursor(cursor)
    tiles = load_tiles(r, region=region, entity_id=entity_id, scene=scene, after=after, limit=limit + 1)
    return page_of(tiles, limit=limit, out=_out, cursor=lambda tile: tile.camera.id)


@router.post("/camera-views", response_model=ViewsOut, name="want_views")
def want_views(request: Request, app: AppState, principal: Stepper, body: ViewsIn) -> Response:
    """Have the present pictures of cameras made for half a minute: one every five seconds, faces hidden.

    The audit log notes who watches which camera.
    """

    def act(w: Write) -> ViewsOut:
        at = app.clock.now()
        found = views.want(w, body.camera_ids, at=at, until=at + WANTED_FOR)
        for one in found:
            if not app.gate.admit(f"watch {principal.name} {one.device_id}", LOOK, now=time.monotonic()):
                audit.note(
                    w,
                    action="camera.watched",
                    about=f"device:{one.device_id}",
                    tenant_id=one.tenant_id,
                    region_code=one.region_code,
                    entity_id=one.entity_id,
                )
        return ViewsOut(camera_ids=sorted(one.device_id for one in found), until=at + WANTED_FOR)

    # Asking again every few seconds is harmless, so no key is kept for it.
    return creating(request, principal, None, body.model_dump_json().encode(), act)


@router.get("/camera-views/{camera_id}", response_class=Response, name="camera_view")
def camera_view(r: Reading, _: Stepper, camera_id: Slug) -> Response:
    """Return the present picture of a camera as JPEG with hidden faces; `X-Captured-At` says when it was received."""
    found = views.view(r, camera_id)
    if found is None:
        raise NotFound(f"no present picture of {camera_id!r}")
    headers = {
        "Cache-Control": "private, no-store",
        "X-Captured-At": found.captured_at.isoformat(),
        "X-Content-Type-Options": "nosniff",
    }
    return Response(found.jpeg, media_type="image/jpeg", headers=headers)


def _out(tile: Tile) -> WallCameraOut:
    camera = tile.camera
    return WallCameraOut(
        id=camera.id,
        name=camera.name,
        zone=camera.zone,
        site_id=camera.site_id,
        site=camera.site,
        entity_id=camera.entity_id,
        entity=camera.entity,
        state=tile.state,
        fault=tile.fault,
        last_seen_at=camera.last_frame_at or camera.last_seen_at,
        captured_at=camera.captured_at,
    )
