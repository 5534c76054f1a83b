"""Cadres (包保干部): name them, assign them to enterprises, delegate for a period: check → store."""

from datetime import datetime, timedelta
from uuid import UUID

from alerts.duties.guarantees import check_supervisor
from alerts.duties.supervision import follow_primary
from models.base.errors import Conflict, Invalid, InvalidTransition, NotAllowed, NotFound, RateLimited
from models.base.ids import uuid7
from models.catalogue.supervision_terms import CadreLevel, GuaranteePart
from models.domain.access import Actor
from models.domain.guarantees import Assignment, Cadre, Delegation, Guarantee
from models.domain.place import owner_of
from models.store import cadres, guarantees
from models.store.connect import Read, Write

LONGEST_DELEGATION = timedelta(days=366)
_NAME, _POST = 50, 100


def name_cadre(
    w: Write,
    *,
    tenant_id: str,
    region_code: str,
    name: str,
    post: str,
    level: CadreLevel,
    phone: str | None,
    login: str | None,
    within: str,
    by: Actor,
    at: datetime,
) -> Cadre:
    """Name a cadre. With a `login`, that regulator's user acts as the cadre.

    `within` is the region that the caller supervises; empty for the whole tenant.

    Raises:
        NotAllowed: the role may not, or the region lies outside the caller's.
        Invalid: a name or post is empty or too long.
        Conflict: a cadre in office has this log-in already.
    """
    check_supervisor(by)
    if not region_code.startswith(within):
        raise NotAllowed(f"region_code {region_code!r}: expected a region within {within}")
    for what, text, most in (("name", name, _NAME), ("post", post, _POST)):
        if not 1 <= len(text.strip()) <= most:
            raise Invalid(f"{what}: expected 1 to {most} characters")
    cadre = Cadre(
        id=uuid7(),
        tenant_id=tenant_id,
        region_code=region_code,
        name=name.strip(),
        post=post.strip(),
        level=level,
        phone=phone,
        login=login,
        named_at=at,
        named_by=by.name,
    )
    cadres.add_cadre(w, cadre)
    return cadre


def end_cadre(w: Write, cadre_id: UUID, *, reason: str, by: Actor, at: datetime) -> Cadre:
    """End the office of a cadre, after the enterprises were given to others.

    Raises:
        NotFound: no such cadre in what the caller may see.
        Conflict: the cadre still supervises enterprises.
        InvalidTransition: the cadre is not in office, or belongs to a higher level than the caller's.
    """
    cadre = _cadre(w, cadre_id, by, locked=True)
    _words(reason)
    held = cadres.held_total(w, cadre_id=cadre_id)
    if held:
        raise Conflict(f"{cadre.name} supervises {held} enterprises; give them to others first")
    if not cadres.end_cadre(w, cadre_id=cadre_id, by=by.name, reason=reason.strip(), at=at):
        raise InvalidTransition(f"{cadre.name} is not in office, or belongs to a level above yours")
    return cadres.cadre(w, cadre_id) or cadre


def assign(
    w: Write, entity_id: UUID, *, cadre_id: UUID, part: GuaranteePart, reason: str, by: Actor, at: datetime
) -> Assignment:
    """Assign a cadre to an enterprise; a new primary cadre replaces the present one, for the `reason`.

    Raises:
        NotFound: no such enterprise or cadre in what the caller may see.
        Invalid: the cadre is not in office or belongs to another region, or a replacement lacks its reason.
        Conflict: the cadre has this part already.
        RateLimited: the enterprise has the most cadres that it may have.
    """
    cadre, entity = _cadre(w, cadre_id, by, locked=True), _entity(w, entity_id)
    if cadre.ended_at is not None:
        raise Invalid(f"cadre: {cadre.name} is not in office")
    if not (entity.region_code.startswith(cadre.region_code) or cadre.region_code.startswith(entity.region_code)):
        raise Invalid(f"cadre: {cadre.name} belongs to region {cadre.region_code}, the enterprise to another")
    present = cadres.assignments(w, entity_id=entity_id)
    if any(one.cadre_id == cadre_id and one.part is part for one in present):
        raise Conflict(f"{cadre.name} has this part already")
    primary = next((one for one in present if one.part is GuaranteePart.primary), None)
    for replaced in present:
        if replaced.cadre_id == cadre_id or (part is GuaranteePart.primary and replaced is primary):
            _words(reason)
            cadres.end_assignment(w, assignment_id=replaced.id, by=by.name, reason=reason.strip(), at=at)
    if len(present) >= cadres.MOST_CADRES_OF_ENTITY:
        raise RateLimited(f"the enterprise has {len(present)} cadres; end some first")
    new = Assignment(id=uuid7(), **owner_of(entity.owner), cadre_id=cadre_id, part=part, valid_from=at, set_by=by.name)
    cadres.add_assignment(w, new)
    if part is GuaranteePart.primary:
        follow_primary(w, entity_id, reason=reason, by=by, at=at)
    return new


def end_assignment(w: Write, assignment_id: UUID, *, reason: str, by: Actor, at: datetime) -> Assignment:
    """End the assignment of a deputy; a primary cadre is replaced, never taken away.

    Raises:
        NotFound: no such assignment in what the caller may see.
        InvalidTransition: it ended before, or it is that of the primary cadre.
    """
    check_supervisor(by)
    _words(reason)
    found = cadres.assignment(w, assignment_id)
    if found is None:
        raise NotFound(f"no assignment {assignment_id}")
    if found.part is GuaranteePart.primary:
        raise InvalidTransition("an enterprise keeps its primary cadre; assign another one instead")
    if not cadres.end_assignment(w, assignment_id=assignment_id, by=by.name, reason=reason.strip(), at=at):
        raise InvalidTransition("this assignment ended before")
    return cadres.assignment(w, assignment_id) or found


def delegate(
    w: Write,
    *,
    cadre_id: UUID,
    delegate_id: UUID,
    valid_from: datetime,
    valid_to: datetime,
    reason: str,
    by: Actor,
    at: datetime,
) -> Delegation:
    """Have another cadre act in a cadre's place for a period (委托授权).

    Raises:
        NotFound: no such cadre in what the caller may see.
        Invalid: the period is out of order, in the past or too long, or the delegate is the cadre, or not in office.
        RateLimited: the cadre has the most delegations.
    """
    cadre, other = _cadre(w, cadre_id, by, locked=True), _cadre(w, delegate_id, by)
    _words(reason)
    if cadre.id == other.id or other.ended_at is not None or cadre.ended_at is not None:
        raise Invalid("delegate: expected two different cadres who are in office")
    if not max(valid_from, at) < valid_to <= valid_from + LONGEST_DELEGATION:
        raise Invalid(
            f"delegation: expected an end after its beginning and after now, at most {LONGEST_DELEGATION.days} days"
        )
    if cadres.delegation_total(w, cadre_id=cadre_id, at=at) >= cadres.MOST_DELEGATIONS:
        raise RateLimited(f"{cadre.name} has {cadres.MOST_DELEGATIONS} delegations; end some first")
    new = Delegation(
        id=uuid7(),
        tenant_id=cadre.tenant_id,
        region_code=cadre.region_code,
        cadre_id=cadre_id,
        delegate_id=delegate_id,
        valid_from=valid_from,
        valid_to=valid_to,
        reason=reason.strip(),
        set_by=by.name,
    )
    cadres.add_delegation(w, new)
    return new


def end_delegation(w: Write, delegation_id: UUID, *, by: Actor, at: datetime) -> Delegation:
    """End a delegation early.

    Raises:
        NotFound: no such delegation in what the caller may see.
        InvalidTransition: it has ended.
    """
    check_supervisor(by)
    found = cadres.delegation(w, delegation_id)
    if found is None:
        raise NotFound(f"no delegation {delegation_id}")
    if not cadres.end_delegation(w, delegation_id=delegation_id, by=by.name, at=at):
        raise InvalidTransition("this delegation has ended")
    return cadres.delegation(w, delegation_id) or found


def _cadre(w: Write, cadre_id: UUID, by: Actor, *, locked: bool = False) -> Cadre:
    check_supervisor(by)
    found = cadres.cadre(w, cadre_id)
    if found is None:
        raise NotFound(f"no cadre {cadre_id}")
    return (cadres.cadre_for_update(w, cadre_id) or found) if locked else found


def _entity(r: Read, entity_id: UUID) -> Guarantee:
    found = guarantees.guarantee(r, entity_id)
    if found is None:
        raise NotFound(f"no enterprise {entity_id}")
    return found


def _words(reason: str) -> None:
    if not reason.strip():
        raise Invalid("reason: expected some words")
