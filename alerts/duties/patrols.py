"""Online patrols (线上巡查): keep a present picture as evidence, and submit the signed record with its hazards.

A patrol is a regulator's. A cadre who visits the enterprise (包保干部) takes the same pictures into their visit, which
then counts as an online supervision.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from alerts.duties.supervision import parts_of
from alerts.duties.visit_rules import check_answers, check_names, check_times, checklist, problems_of
from alerts.duties.visits import open_hazards
from alerts.hazards.review import REVIEWERS
from models.base.clock import SHANGHAI
from models.base.errors import Conflict, Invalid, InvalidTransition, NotAllowed, NotFound, PictureNotNew, RateLimited
from models.base.ids import uuid7
from models.catalogue.supervision_terms import SupervisionState
from models.catalogue.terms import EvidenceKind
from models.changes.patrols import store_patrol
from models.domain.access import Actor
from models.domain.evidence import Evidence
from models.domain.patrols import CameraShot, Patrol, PatrolShot
from models.domain.place import owner_of
from models.domain.supervision import SupervisionTask
from models.domain.views import CameraView
from models.evidence.verifier import canonical
from models.store import devices, evidence, patrol_plans, patrols, registry, supervision
from models.store.connect import Read, Write

CHECKLIST = "patrol.v1"
FRESH = timedelta(seconds=60)
"""An older picture is no present one and is not kept."""
SHOT_LIFE = timedelta(hours=12)
MOST_SHOTS_AN_HOUR = 200
_TASKS = 500
_OPEN = frozenset(SupervisionState) - {SupervisionState.submitted, SupervisionState.archived, SupervisionState.exempted}


def keep_shot(w: Write, view: CameraView, *, sha256: str, by: Actor, at: datetime) -> tuple[Evidence, CameraShot]:
    """Keep a present picture as evidence; `sha256` names its file.

    Raises:
        NotAllowed: the role may not.
        PictureNotNew: it is too old to be a present one.
        NotFound: no such camera that the caller may see.
        RateLimited: the caller has kept very many in the last hour.
    """
    if by.role not in REVIEWERS:
        raise NotAllowed(f"keeping a picture is for: {', '.join(sorted(REVIEWERS))}; you are {by.role}")
    if at - view.captured_at > FRESH:
        raise PictureNotNew("the present picture is older than a minute; wait for a new one")
    device = devices.device(w, view.device_id)
    if device is None:
        raise NotFound(f"no camera {view.device_id!r}")
    if patrols.shots_since(w, taken_by=by.name, since=at - timedelta(hours=1)) >= MOST_SHOTS_AN_HOUR:
        raise RateLimited(f"you kept {MOST_SHOTS_AN_HOUR} pictures within an hour", again_s=600)
    piece = Evidence(
        id=uuid7(),
        **owner_of(device),
        kind=EvidenceKind.photo_visit,
        sha256=sha256,
        bytes=len(view.jpeg),
        mime="image/jpeg",
        captured_at=view.captured_at,
        detail={"camera_id": device.id, "by": by.name},
    )
    evidence.add_evidence(w, piece)
    shot = CameraShot(
        **owner_of(device),
        evidence_id=piece.id,
        site_id=device.site_id,
        camera_id=device.id,
        sha256=sha256,
        captured_at=view.captured_at,
        taken_by=by.name,
        taken_at=at,
    )
    patrols.add_shot(w, shot)
    return piece, shot


def submit(w: Write, patrol: Patrol, shot_ids: Sequence[UUID], *, by: Actor, at: datetime) -> Patrol:
    """Store a patrol, open its hazards and settle what plans wait for it.

    The same patrol again returns what the first one came to.

    Raises:
        NotAllowed: the role may not.
        NotFound: no such kitchen or picture that the caller may see.
        Conflict: another patrol has this id.
        InvalidTransition: the caller is the enterprise's cadre with an open visit, which this belongs into.
        Invalid: answers, times, name or pictures are wrong.
    """
    if by.role not in REVIEWERS:
        raise NotAllowed(f"an online patrol is for: {', '.join(sorted(REVIEWERS))}; you are {by.role}")
    known = patrols.patrol(w, patrol.id)
    if known is not None:
        if (known.site_id, known.submitted_by) != (patrol.site_id, by.name):
            raise Conflict("another patrol has this id")
        return known
    checked = _checked(w, patrol, shot_ids, by=by, at=at)
    if own_task(w, checked.entity_id, by=by, at=at) is not None:
        raise InvalidTransition("您是该主体的包保干部，请在督导中以在线方式完成 submit an online visit of your task")
    found = problems_of(checklist(checked.checklist), checked.answers)
    stored = replace(checked, hazards=open_hazards(w, checked.site_id, found, by=by, at=at, said="线上巡查发现"))
    if not store_patrol(w, stored, by=by.name, at=at):
        raise Conflict("another patrol has this id")
    patrol_plans.settle(w, stored, day=at.astimezone(SHANGHAI).date())
    return stored


def own_task(r: Read, entity_id: UUID, *, by: Actor, at: datetime) -> SupervisionTask | None:
    """Return the open visit of an enterprise that somebody makes as its cadre; None if there is none."""
    parts = parts_of(r, by=by, at=at)
    found = supervision.open_of_cadres(r, parts, limit=_TASKS) if parts else []
    return next((task for task in found if task.entity_id == entity_id and task.state in _OPEN), None)


def signature_of(patrol: Patrol) -> str:
    """Return the SHA-256 over what was signed, as hex."""
    content = {
        "id": str(patrol.id),
        "site_id": patrol.site_id,
        "started_at": patrol.started_at.isoformat(),
        "ended_at": patrol.ended_at.isoformat(),
        "checklist": patrol.checklist,
        "answers": [[one.code, one.result.value, one.problem] for one in patrol.answers],
        "advice": patrol.advice,
        "shots": [[one.evidence_id, one.camera_id, one.sha256, one.captured_at] for one in patrol.shots],
        "name": patrol.name,
    }
    return hashlib.sha256(canonical(content)).hexdigest()


def _checked(r: Read, patrol: Patrol, shot_ids: Sequence[UUID], *, by: Actor, at: datetime) -> Patrol:
    site = registry.site(r, patrol.site_id)
    if site is None:
        raise NotFound(f"no site {patrol.site_id!r}")
    heads = checklist(patrol.checklist)
    if patrol.checklist != CHECKLIST:
        raise Invalid(f"checklist {patrol.checklist!r}: expected {CHECKLIST}")
    check_answers(heads, patrol.answers)
    if len(patrol.answers) < sum(len(head.rows) for head in heads):
        raise Invalid("还有项目没有填写 answers: expected an answer to every row")
    check_times(patrol.started_at, patrol.ended_at, at=at)
    check_names(patrol.name)
    signed = replace(patrol, shots=_shots(r, patrol.site_id, shot_ids, by=by, at=at))
    return replace(signed, signature=signature_of(signed))


def _shots(r: Read, site_id: str, ids: Sequence[UUID], *, by: Actor, at: datetime) -> tuple[PatrolShot, ...]:
    wanted = list(dict.fromkeys(ids))
    known = patrols.shots_named(r, wanted) if wanted else {}
    usable = {
        shot_id
        for shot_id, shot in known.items()
        if shot.site_id == site_id and shot.taken_by == by.name and at - shot.taken_at < SHOT_LIFE
    }
    missing = [str(shot_id) for shot_id in wanted if shot_id not in usable]
    if missing:
        raise NotFound(f"shot_ids: no picture {missing[0]} that you kept of this kitchen today")
    if not wanted:
        raise Invalid("请至少截取一张画面 shot_ids: expected at least one picture")
    return tuple(
        PatrolShot(
            evidence_id=str(shot_id),
            camera_id=known[shot_id].camera_id,
            sha256=known[shot_id].sha256,
            captured_at=known[shot_id].captured_at.isoformat(),
        )
        for shot_id in wanted
    )
