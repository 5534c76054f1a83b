"""Online patrols (线上巡查): keep present pictures of cameras, submit and read patrols."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from alerts.duties.patrols import keep_shot, submit
from api.access.principal import Reviewer
from api.requests import AppState, IdempotencyKey, Limit, Reading, creating, reading
from api.routes.devices import Slug
from api.routes.visits import expects_photos
from api.schemas.patrols import PatrolIn, PatrolOut, ShotIn, ShotOut
from models.base.errors import Invalid, NotFound, PictureNotNew
from models.domain.patrols import Patrol
from models.domain.place import owner_of
from models.domain.supervision import VisitAnswer
from models.store import Write, patrols, registry, views, visits

router = APIRouter(prefix="/v1", tags=["supervision"])


@router.post("/cameras/{camera_id}/shots", response_model=ShotOut, name="keep_shot")
def keep(
    request: Request, app: AppState, principal: Reviewer, camera_id: Slug, body: ShotIn, key: IdempotencyKey = None
) -> Response:
    """Keep the present picture of a watched camera as evidence, faces hidden; see `POST /v1/camera-views`.

    A visit (`supervision_id`) takes each picture once; a new one is made every five seconds.
    """
    with reading(request, principal) as r:
        view = views.view(r, camera_id)
    if view is None:
        raise NotFound(f"no present picture of {camera_id!r}; ask for one by POST /v1/camera-views")
    sha256 = app.files.put(view.jpeg)

    def act(w: Write) -> ShotOut:
        at = app.clock.now()
        piece, shot = keep_shot(w, view, sha256=sha256, by=principal.actor, at=at)
        if body.supervision_id is not None:
            task = expects_photos(w, app, body.supervision_id, principal)
            if task.entity_id != shot.entity_id:
                raise Invalid(f"camera {camera_id!r}: expected one of the enterprise that is visited")
            if any(photo.sha256 == sha256 for photo in visits.photos(w, task_id=task.id)):
                raise PictureNotNew("this visit has the present picture already; wait for a new one")
            visits.add_photo(w, task, evidence_id=piece.id, sha256=sha256)
        return ShotOut(id=piece.id, camera_id=shot.camera_id, sha256=sha256, captured_at=shot.captured_at)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/patrols", response_model=PatrolOut, name="submit_patrol")
def submit_patrol(
    request: Request, app: AppState, principal: Reviewer, body: PatrolIn, key: IdempotencyKey = None
) -> Response:
    """Submit an online patrol. The problems of a head become one hazard, which the 监管所 follows.

    The cadre (包保干部) of the enterprise submits an online visit of their task instead, with the same pictures.
    """

    def act(w: Write) -> PatrolOut:
        at = app.clock.now()
        site = registry.site(w, body.site_id)
        if site is None:
            raise NotFound(f"no site {body.site_id!r}")
        patrol = Patrol(
            id=body.id,
            **owner_of(site),
            site_id=site.id,
            started_at=body.started_at,
            ended_at=body.ended_at,
            checklist=body.checklist,
            answers=tuple(VisitAnswer(code=one.code, result=one.result, problem=one.problem) for one in body.answers),
            advice=body.advice.strip(),
            shots=(),
            name=body.name.strip(),
            signature="",
            hazards=(),
            submitted_by=principal.name,
            submitted_at=at,
        )
        return PatrolOut.model_validate(submit(w, patrol, body.shot_ids, by=principal.actor, at=at))

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.get("/patrols", name="patrols")
def list_patrols(
    r: Reading, _: Reviewer, site_id: Annotated[str | None, Query(max_length=64)] = None, limit: Limit = 50
) -> list[PatrolOut]:
    """List patrols, the newest first."""
    return [PatrolOut.model_validate(found) for found in patrols.patrols(r, site_id=site_id, limit=limit)]


@router.get("/patrols/{patrol_id}", name="patrol")
def one_patrol(r: Reading, _: Reviewer, patrol_id: UUID) -> PatrolOut:
    """Return one patrol."""
    found = patrols.patrol(r, patrol_id)
    if found is None:
        raise NotFound(f"no patrol {patrol_id}")
    return PatrolOut.model_validate(found)
