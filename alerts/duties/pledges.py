"""Sign pledges (承诺书): the cadre's own text for an enterprise, by the cadre's own user: load → decide → store."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from alerts.duties.lists import pledge_text, shipped, text_digest
from alerts.duties.periods import preset_of
from alerts.duties.supervision import preset_at
from models.base.clock import rfc3339
from models.base.errors import Conflict, Invalid, NotAllowed, NotFound
from models.base.ids import uuid7
from models.catalogue.supervision_terms import SignProof
from models.changes.pledges import sign_pledge
from models.domain.access import Actor
from models.domain.pledges import Pledge, PledgeDue
from models.evidence.verifier import canonical
from models.store import cadres, pledges
from models.store.connect import Read, Write

_EVERY = {"quarter": "每季度不少于一次", "half": "每半年不少于一次", "year": "每年不少于一次"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to be signed: the text and its digest."""

    due: PledgeDue
    text: str
    text_sha256: str


def draft(r: Read, entity_id: UUID) -> Draft:
    """Return the text that the primary cadre of an enterprise has to sign.

    Raises:
        NotFound: no such enterprise, or it has no primary cadre or does not operate.
        Invalid: its tier is unknown.
    """
    due = pledges.due_of(r, entity_id)
    cadre = None if due is None else cadres.cadre(r, due.cadre_id)
    if due is None or cadre is None:
        raise NotFound(f"no pledge is due for the enterprise {entity_id}: it needs a primary cadre and has to operate")
    if due.tier is None:
        raise Invalid("tier: the enterprise has none yet; set its line of business or its tier first")
    preset = preset_of(preset_at(r, tenant_id=due.tenant_id, region_code=due.region_code))
    text = pledge_text(
        shipped(),
        level=cadre.level,
        name=cadre.name,
        post=cadre.post,
        entity=due.entity,
        tier=due.tier,
        visits=_EVERY[preset[due.tier]],
    )
    return Draft(due=due, text=text, text_sha256=text_digest(text))


def sign(
    w: Write, entity_id: UUID, *, name: str, text_sha256: str, proof: SignProof, by: Actor, at: datetime
) -> Pledge:
    """Sign the pledge for an enterprise. Only the user who acts as its primary cadre may; nobody signs for another.

    `proof` is how this user proved just now who they are: a session that was left open signs nothing.

    Raises:
        NotFound, Invalid: see `draft`; or the name is not the cadre's.
        NotAllowed: the caller does not act as this cadre.
        Conflict: the text is another than the one that was shown, or this pledge is signed already.
    """
    wanted = draft(w, entity_id)
    cadre = cadres.cadre_for_update(w, wanted.due.cadre_id)
    if cadre is None or cadre.login != by.name:
        raise NotAllowed("a pledge is signed by the primary cadre's own user, and by nobody else")
    if name.strip() != cadre.name:
        raise Invalid(f"请填写本人姓名{cadre.name} name: expected the cadre's own name, {cadre.name}")
    if text_sha256 != wanted.text_sha256:
        raise Conflict("承诺书内容已变化，请重新阅读 the text has changed since it was shown; read it again")
    if wanted.due.signed:
        raise Conflict("承诺书已签订 this pledge is signed already")
    unsigned = Pledge(
        id=uuid7(),
        tenant_id=wanted.due.tenant_id,
        entity_id=wanted.due.entity_id,
        region_code=wanted.due.region_code,
        cadre_id=cadre.id,
        cadre=cadre.name,
        post=cadre.post,
        level=cadre.level,
        entity=wanted.due.entity,
        tier=wanted.due.tier or "",
        template=shipped().version,
        text=wanted.text,
        text_sha256=wanted.text_sha256,
        login=by.name,
        signed_at=at,
        signature="",
        proof=proof,
    )
    return sign_pledge(w, replace(unsigned, signature=signature_of(unsigned)), by=by.name, at=at)


def signature_of(pledge: Pledge) -> str:
    """Return the SHA-256 over the text's digest, who signed it for whom, how they proved it, and when, as hex."""
    content = {
        "id": str(pledge.id),
        "entity_id": str(pledge.entity_id),
        "cadre_id": str(pledge.cadre_id),
        "text_sha256": pledge.text_sha256,
        "name": pledge.cadre,
        "login": pledge.login,
        "signed_at": rfc3339(pledge.signed_at),
    }
    if pledge.proof is not None:
        content["proof"] = pledge.proof.value
    return hashlib.sha256(canonical(content)).hexdigest()
