"""What a visit (督导) needs: its checklist, its times, its quality, and the signature. Pure."""

import hashlib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from alerts.duties.geo import Position, metres_between
from alerts.duties.periods import settings
from models.base.errors import Invalid
from models.catalogue.codes import VIOLATION_CODES
from models.catalogue.duty_terms import RowResult
from models.catalogue.supervision_terms import VisitFault, VisitMode
from models.domain.supervision import Visit, VisitAnswer, VisitPhoto
from models.evidence.verifier import canonical

CHECKLIST = "visit.v1"
LONGEST_VISIT = timedelta(hours=12)
_AHEAD = timedelta(minutes=5)
_NAME = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One head of the checklist: its rows as (code, text), and the code of the hazard that its problems become."""

    name: str
    code: str
    rows: tuple[tuple[str, str], ...]


@cache
def checklist(checklist_id: str) -> tuple[Head, ...]:
    """Return the heads of a checklist.

    Raises:
        Invalid: there is no such checklist, or it is inconsistent.
    """
    file = files("alerts.duties.checklists").joinpath(f"{checklist_id}.toml")
    if not checklist_id.replace(".", "").isalnum() or not file.is_file():
        raise Invalid(f"checklist {checklist_id!r}: expected {CHECKLIST}")
    data: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    heads = tuple(
        Head(name=head["name"], code=head["code"], rows=tuple((row["code"], row["text"]) for row in head["rows"]))
        for head in data["head"]
    )
    codes = [code for head in heads for code, _ in head.rows]
    if len(set(codes)) != len(codes) or any(head.code not in VIOLATION_CODES for head in heads):
        raise Invalid(f"checklist {checklist_id}: two rows have one code, or a head has no code of the catalogue")
    return heads


def check_answers(heads: Sequence[Head], answers: Iterable[VisitAnswer]) -> None:
    """Check that every answer belongs to a row, once, and that problems have words.

    Raises:
        Invalid: they don't.
    """
    known, seen = {code for head in heads for code, _ in head.rows}, set[str]()
    for answer in answers:
        if answer.code not in known or answer.code in seen:
            raise Invalid(f"answers: {answer.code!r} is no row of the checklist, or is answered twice")
        if answer.result is RowResult.problem and not answer.problem.strip():
            raise Invalid(f"answers: {answer.code} is a problem and needs words (problem)")
        seen.add(answer.code)


def check_times(started_at: datetime, ended_at: datetime, *, at: datetime) -> None:
    """Check the claimed times of a visit.

    Raises:
        Invalid: they are out of order, in the future, or too far apart.
    """
    if not started_at <= ended_at <= at + _AHEAD:
        raise Invalid("started_at, ended_at: expected a visit that began before it ended, and has ended")
    if ended_at - started_at > LONGEST_VISIT:
        raise Invalid(f"started_at, ended_at: expected a visit of at most {LONGEST_VISIT.seconds // 3600} hours")


def check_names(*names: str) -> None:
    """Check the typed names of the signatures.

    Raises:
        Invalid: one is empty or too long.
    """
    if any(not 1 <= len(name.strip()) <= _NAME for name in names):
        raise Invalid(f"cadre_name, entity_name: expected the names of both who sign, at most {_NAME} characters")


def distance(phone: Position | None, kitchen: Position | None) -> float | None:
    """Return the distance in metres; None if one of the positions is unknown."""
    return None if phone is None or kitchen is None else metres_between(phone, kitchen)


def faults_of(
    *,
    mode: VisitMode,
    lasted: timedelta,
    heads: Sequence[Head],
    answers: Sequence[VisitAnswer],
    photos: Sequence[VisitPhoto],
    located: bool,
    distance_m: float | None,
) -> tuple[VisitFault, ...]:
    """Return why a visit does not count (W11): empty if it does.

    Only a visit at the place needs time, a position and the fence; the fence counts where the kitchen's position is
    known.
    """
    needs = settings()["quality"]
    onsite = mode is VisitMode.onsite
    hashes = [photo.sha256 for photo in photos]
    found = {
        VisitFault.too_short: onsite and lasted < timedelta(minutes=int(needs["least_minutes"])),
        VisitFault.few_photos: len(set(hashes)) < int(needs["least_photos"]),
        VisitFault.unanswered: len(answers) < sum(len(head.rows) for head in heads),
        VisitFault.no_position: onsite and not located,
        VisitFault.outside_fence: onsite and distance_m is not None and distance_m > float(needs["fence_m"]),
        VisitFault.used_photo: len(set(hashes)) < len(hashes) or any(photo.used_elsewhere for photo in photos),
    }
    return tuple(fault for fault, there in found.items() if there)


def problems_of(heads: Sequence[Head], answers: Sequence[VisitAnswer]) -> list[tuple[Head, str]]:
    """Return the heads with problems, each with the words of all of them."""
    said = {answer.code: answer.problem.strip() for answer in answers if answer.result is RowResult.problem}
    found = []
    for head in heads:
        words = [f"{text}：{said[code]}" for code, text in head.rows if code in said]
        if words:
            found.append((head, "；".join(words)))
    return found


def signature_of(visit: Visit) -> str:
    """Return the SHA-256 over what both sides signed, as hex."""
    content = {
        "id": str(visit.id),
        "task_id": str(visit.task_id),
        "site_id": visit.site_id,
        "mode": visit.mode.value,
        "started_at": visit.started_at.isoformat(),
        "ended_at": visit.ended_at.isoformat(),
        "position": [visit.latitude, visit.longitude, visit.datum],
        "checklist": visit.checklist,
        "answers": [[one.code, one.result.value, one.problem] for one in visit.answers],
        "advice": visit.advice,
        "photos": [str(photo) for photo in visit.photo_ids],
        "cadre": [str(visit.cadre_id), visit.cadre_name],
        "entity": [str(visit.entity_id), visit.entity_name],
    }
    return hashlib.sha256(canonical(content)).hexdigest()
