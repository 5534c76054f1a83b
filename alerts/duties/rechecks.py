"""Rechecks of visits (督导抽查): draw at random, compare with what a second person finds: load → decide → store.

Nobody chooses whom it falls on: the platform makes the seed after the visits are there, and with the seed and the list
of visits anybody draws the same again.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from alerts.duties.guarantees import check_supervisor
from models.base.clock import SHANGHAI
from models.base.errors import Invalid, InvalidTransition, NotAllowed, NotFound
from models.base.ids import uuid7
from models.catalogue.duty_terms import RowResult
from models.catalogue.supervision_terms import RecheckMethod
from models.changes.rechecks import add_recheck, finish_recheck
from models.domain.access import Actor
from models.domain.ledger import start_of
from models.domain.place import owner_of
from models.domain.rechecks import Drawable, Recheck, RecheckAnswer, RecheckDraw
from models.domain.supervision import Visit
from models.store import cadres, rechecks, visits
from models.store.connect import Read, Write

MOST_DRAWN = 500
LONGEST_NOTE = 2000
LONGEST_SPAN = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondAnswer:
    """What the second person says about one row."""

    code: str
    result: RowResult
    note: str = ""


def draw(
    w: Write,
    *,
    tenant_id: str,
    within: str,
    first: date,
    last: date,
    count: int,
    by: Actor,
    at: datetime,
) -> tuple[RecheckDraw, list[Recheck]]:
    """Draw some of the visits that were submitted on some days within a region (`within`; empty: the whole tenant).

    Raises:
        NotAllowed: the role may not.
        Invalid: the days are out of order or ahead, the number is out of range, or there are fewer visits.
    """
    check_supervisor(by)
    if not first <= last <= at.astimezone(SHANGHAI).date() or last - first > LONGEST_SPAN:
        raise Invalid(f"first, last: expected days in order up to today, at most {LONGEST_SPAN.days} of them")
    known = rechecks.drawable(
        w, tenant_id=tenant_id, within=within, since=start_of(first), until=start_of(last + timedelta(days=1))
    )
    if not 1 <= count <= min(MOST_DRAWN, len(known)):
        raise Invalid(
            f"可供抽查的督导有 {len(known)} 次，抽取数量须在 1 与此之间，且最多 {MOST_DRAWN} 次 "
            f"count {count}: expected 1 to {MOST_DRAWN}; {len(known)} visits that count were not drawn before"
        )
    seed = secrets.token_hex(16)
    new = RecheckDraw(
        id=uuid7(),
        tenant_id=tenant_id,
        jurisdiction=within,
        first=first,
        last=last,
        seed=seed,
        population=len(known),
        population_sha256=population_digest([one.id for one in known]),
        drawn=count,
        by=by.name,
        at=at,
    )
    rechecks.add_draw(w, new)
    made = [_drawn(one, new, at=at) for one in chosen(known, seed=seed, count=count)]
    if not all(add_recheck(w, one, at=at) for one in made):
        raise InvalidTransition("somebody else draws from the same visits; try again")
    return new, made


def chosen(known: Sequence[Drawable], *, seed: str, count: int) -> list[Drawable]:
    """Return the visits that a seed chooses: those with the least SHA-256 of the seed and the visit's id."""
    return sorted(known, key=lambda one: hashlib.sha256(f"{seed}{one.id}".encode()).digest())[:count]


def population_digest(ids: Sequence[UUID]) -> str:
    """Return the SHA-256 of the ids of visits, sorted, one a line."""
    return hashlib.sha256("\n".join(sorted(map(str, ids))).encode()).hexdigest()


def finish(
    w: Write,
    recheck_id: UUID,
    *,
    method: RecheckMethod,
    took_place: bool,
    answers: Sequence[SecondAnswer],
    note: str,
    by: Actor,
    at: datetime,
) -> Recheck:
    """Store what the second person found, compared with the visit row by row.

    A phone call may leave rows out; who goes there again answers all that the visit answered.

    Raises:
        NotFound: no such recheck in what the caller may see.
        NotAllowed: the role may not, or the caller made the visit or acts as its cadre.
        InvalidTransition: it was done before.
        Invalid: a row is unknown, answered twice or missing, or a note is too long or missing where it is needed.
    """
    check_supervisor(by)
    known = rechecks.recheck_for_update(w, recheck_id)
    visit = None if known is None else visits.visit(w, known.visit_id)
    if known is None or visit is None:
        raise NotFound(f"no recheck {recheck_id}")
    if is_first_person(w, visit, by=by):
        raise NotAllowed("a visit is checked by somebody else than who made it or acts as its cadre")
    if len(note) > LONGEST_NOTE or (not took_place and not note.strip()):
        raise Invalid(f"note: expected at most {LONGEST_NOTE} characters; a visit that is denied needs some words")
    compared = compare(visit, answers, whole=method is RecheckMethod.revisit and took_place)
    done = replace(
        known,
        method=method,
        took_place=took_place,
        answers=tuple(compared),
        compared=len(compared),
        differing=sum(one.differs for one in compared),
        note=note.strip(),
        done_by=by.name,
        done_at=at,
    )
    stored = finish_recheck(w, done, at=at)
    if stored is None:
        raise InvalidTransition("this recheck was done before")
    return stored


def is_first_person(r: Read, visit: Visit, *, by: Actor) -> bool:
    """Return whether somebody made a visit, or acts as its cadre."""
    cadre = cadres.cadre(r, visit.cadre_id)
    return visit.submitted_by == by.name or (cadre is not None and cadre.login == by.name)


def compare(visit: Visit, answers: Sequence[SecondAnswer], *, whole: bool) -> list[RecheckAnswer]:
    """Return both answers of each row that the second person answered. Pure.

    Raises:
        Invalid: a row was not answered at the visit, is answered twice, or (`whole`) is missing.
    """
    was = {one.code: one.result for one in visit.answers}
    codes = [one.code for one in answers]
    if wrong := sorted(set(codes) - was.keys()) or sorted({code for code in codes if codes.count(code) > 1}):
        raise Invalid(f"answers: {wrong[0]!r} was not answered at the visit, or is answered twice")
    if whole and (missing := sorted(was.keys() - set(codes))):
        raise Invalid(f"answers: {missing[0]!r} is missing; who goes there again answers every row")
    return [
        RecheckAnswer(code=one.code, result=one.result, was=was[one.code], note=one.note.strip()[:LONGEST_NOTE])
        for one in answers
    ]


def _drawn(one: Drawable, new: RecheckDraw, *, at: datetime) -> Recheck:
    return Recheck(id=uuid7(), **owner_of(one), draw_id=new.id, visit_id=one.id, cadre_id=one.cadre_id, drawn_at=at)
