"""Letters (提示函) to the counties that are the last three of their city: written, issued, answered."""

from datetime import datetime
from uuid import UUID

from alerts.indices.formula_files import formula
from alerts.indices.periods import is_week
from alerts.indices.reading import is_one_of_the_last, lines_of, place_of
from models.base.errors import Invalid, InvalidTransition, NotAllowed, NotFound
from models.base.ids import uuid7
from models.catalogue.index_terms import IndexKind, IndexState
from models.catalogue.terms import Role
from models.changes.indices import answer_letter, issue_letter
from models.domain.access import Actor
from models.domain.indices import DutyLetter, Snapshot
from models.store import indices, letters
from models.store.connect import Write

MAY_ANSWER = frozenset({Role.regulator, Role.admin})
LONGEST_REPLY = 2000
_WEAK = 3
"""A letter names so many indicators, those that cost the county most."""


def issue(w: Write, tenant_id: str, period: str, *, at: datetime) -> int:
    """Write to the last three of each city for a frozen period; return how many letters are new."""
    found = indices.snapshots_of(w, tenant_id, IndexKind.region, period)
    last = [one for one in found if one.state is IndexState.frozen and is_one_of_the_last(one)]
    return sum(issue_letter(w, _letter(one, at=at), at=at) for one in last)


def answer(w: Write, letter_id: UUID, *, reply: str, region: str, by: Actor, at: datetime) -> DutyLetter:
    """Answer a letter with what will be done; only the county that it is addressed to does.

    `region` is that of the caller; empty for the whole tenant.

    Raises:
        NotFound: no such letter in what the caller may see.
        NotAllowed: the role may not, or the caller is not the county.
        Invalid: the reply is empty or too long.
        InvalidTransition: it was answered before.
    """
    known = letters.letter(w, letter_id)
    if known is None:
        raise NotFound(f"no letter {letter_id}")
    if by.role not in MAY_ANSWER or not region.startswith(known.region_code):
        raise NotAllowed(f"the letter is answered by {known.name}, which it is addressed to")
    if not 1 <= len(reply.strip()) <= LONGEST_REPLY:
        raise Invalid(f"reply: expected 1 to {LONGEST_REPLY} characters: what will be done, and by when")
    answered = answer_letter(w, letter_id, reply=reply.strip(), by=by.name, at=at)
    if answered is None:
        raise InvalidTransition("this letter was answered before")
    return answered


def text_of(one: Snapshot) -> str:
    """Return the words of the letter about an index: the place, and the indicators that cost most."""
    used, what = formula(one.formula), "周" if is_week(one.period) else "月"
    place, of = place_of(one), one.inputs["facts"]["of"]
    words = [
        f"{one.name}：",
        (
            f"{one.period} {what}食品安全履责指数 {one.score} 分（{used.band_label(one.band)}），"
            f"在全市 {of} 个县（市、区）中列第 {place} 位，位于后三名。"
        ),
        "主要失分项：" + "；".join(_weak(one)) + "。",
        "请研究改进措施，并在五个工作日内在平台签收回复。",
    ]
    return "\n".join(words)


def _weak(one: Snapshot) -> list[str]:
    known = [(float(line.value), line) for line in lines_of(one) if line.value is not None]
    costly = sorted(known, key=lambda pair: (-(100 - pair[0]) * pair[1].indicator.weight, pair[1].indicator.name))
    return [f"{line.indicator.label} {value:.1f}（{line.k}/{line.n}）" for value, line in costly[:_WEAK]]


def _letter(one: Snapshot, *, at: datetime) -> DutyLetter:
    return DutyLetter(
        id=uuid7(),
        tenant_id=one.tenant_id,
        region_code=one.region_code,
        name=one.name,
        period=one.period,
        index_id=one.id,
        place=place_of(one) or 0,
        of=int(one.inputs["facts"]["of"]),
        text=text_of(one),
        issued_at=at,
    )
