"""What is learnt as furniture in front of a camera, and the word of a person that it is somebody."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from alerts.registry.furniture import refuse
from api.access.principal import Stepper
from api.requests import AppState, IdempotencyKey, Reading, doing
from api.routes.devices import Slug
from api.schemas.furniture import FurnitureOut, RefuseIn
from models.base.errors import Invalid, NotFound
from models.catalogue.terms import DeviceKind
from models.domain.furniture import LearntPlace
from models.store import Write, devices, furniture

router = APIRouter(prefix="/v1", tags=["devices"])


@router.get("/cameras/{camera_id}/furniture", name="furniture")
def list_furniture(r: Reading, camera_id: Slug) -> list[FurnitureOut]:
    """List the places at which the camera's judge takes a thing for a head, oldest first; at most 64.

    A place is learnt when a head was found there for an hour and neither it nor the person below it stirred. It is
    forgotten when nothing was seen there for ten minutes, when something stirs, or when the camera moves.
    """
    found = devices.device(r, camera_id)
    if found is None:
        raise NotFound(f"no device {camera_id!r}")
    if found.kind is not DeviceKind.camera:
        raise Invalid(f"device {camera_id!r} is a sensor; only cameras have furniture before them")
    return [_out(place) for place in furniture.of_cameras(r, [camera_id])]


@router.post("/cameras/{camera_id}/furniture/{place_id}/refuse", status_code=204, name="refuse_furniture")
def refuse_furniture(
    request: Request,
    app: AppState,
    principal: Stepper,
    camera_id: Slug,
    place_id: UUID,
    body: RefuseIn,
    key: IdempotencyKey = None,
) -> Response:
    """Say that a learnt place is a person: heads there count again, until the camera moves.

    The enterprise may say so too, since that can only make more heads count. The camera's history records who did.
    """

    def act(w: Write) -> None:
        refuse(w, camera_id, place_id, reason=body.reason, by=principal.actor, at=app.clock.now())

    return doing(request, principal, key, body.model_dump_json().encode(), act)


def _out(place: LearntPlace) -> FurnitureOut:
    return FurnitureOut(
        id=place.id,
        camera_id=place.device_id,
        box=list(place.box),
        since=place.since,
        learnt_at=place.learnt_at,
        seen_at=place.seen_at,
        frames=place.frames,
        counts=place.refused_at is not None,
        refused_at=place.refused_at,
        refused_by=place.refused_by,
        reason=place.reason,
    )
