"""Import of accountable people and the responsibility matrix from CSV or a workbook, one transaction per line.

A bad line stops no other, and importing a file again changes nothing.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from alerts.registry.people import give_place, name_person
from alerts.registry.tables import SURPLUS, read_table
from models.base.errors import Conflict, Invalid, MingchuError
from models.catalogue.duty_terms import Duty
from models.catalogue.terms import Post, Zone, label
from models.domain.access import SYSTEM
from models.domain.registry import Entity, Person
from models.store import Store, Write, people, registry

COLUMNS = ("credit_code", "name", "post", "site_id", "zone", "duty")
OPTIONAL = frozenset({"site_id", "zone", "duty"})
HEADINGS = {
    "统一社会信用代码": "credit_code", "社会信用代码": "credit_code", "信用代码": "credit_code",
    "creditcode": "credit_code",
    "姓名": "name", "责任人": "name", "人员姓名": "name", "person": "name",
    "岗位": "post", "职务": "post", "岗位名称": "post",
    "场所编号": "site_id", "厨房编号": "site_id", "siteid": "site_id", "site": "site_id",
    "区域": "zone", "功能区": "zone", "功能区域": "zone", "责任区域": "zone",
    "职责": "duty", "责任事项": "duty", "事项": "duty",
}  # fmt: skip
"""Alternative headings of the columns, without spaces and underscores."""
_POSTS = {label(post): post for post in Post} | {
    "安全员": Post.officer,
    "安全总监": Post.director,
    "总监": Post.director,
    "主要负责人": Post.principal,
    "负责人": Post.principal,
}
_ZONES = {label(zone): zone for zone in Zone}
_DUTIES = {label(duty): duty for duty in Duty}


@dataclass(slots=True)
class PeopleOutcome:
    """The result of an import; `rejected` are (line number, reason)."""

    named: int = 0
    placed: int = 0
    unchanged: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)


def read_people(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return the lines of a CSV file or workbook with their line numbers; headings and terms may be Chinese.

    Raises:
        Invalid: the file is unreadable or too long, or lacks a column; the message states what was found.
    """
    return read_table(path, columns=COLUMNS, optional=OPTIONAL, names=HEADINGS)


def import_people(
    store: Store, lines: list[tuple[int, dict[str, str]]], *, tenant: str, at: datetime, outcome: PeopleOutcome
) -> Iterator[int]:
    """Import line by line; yield each line's number when it is done. `outcome` receives the results."""
    with store.read() as r:
        entities = {entity.credit_code: entity for entity in registry.entities_of_tenant(r, tenant)}
    for number, line in lines:
        try:
            with store.write() as w:
                named, placed = _import(w, line, entities, at=at)
        except MingchuError as error:
            outcome.rejected.append((number, str(error)))
        else:
            outcome.named += named
            outcome.placed += placed
            outcome.unchanged += not (named or placed)
        yield number


def _import(w: Write, line: dict[str, str], entities: dict[str, Entity], *, at: datetime) -> tuple[bool, bool]:
    if SURPLUS in line:
        raise Invalid(f"the line has more cells than the header: {line[SURPLUS][:200]!r}")
    code = unicodedata.normalize("NFKC", line["credit_code"]).strip().upper()
    entity = entities.get(code)
    if entity is None:
        raise Invalid(f"credit_code {code!r}: no enterprise of this tenant has it; register the enterprise first")
    person, named = _person(w, entity, line["name"].strip(), _post(line["post"]), at=at)
    site, zone = line.get("site_id", "").strip() or None, _zone(line.get("zone", ""))
    duty = _duty(line.get("duty", ""))
    if site is None and zone is None and duty is None:
        return named, False
    known = {(one.person_id, one.site_id, one.zone, one.duty) for one in people.lines(w, entity_id=entity.id)}
    if (person.id, site, zone, duty) in known:
        return named, False
    give_place(w, person_id=person.id, site_id=site, zone=zone, duty=duty, by=SYSTEM, at=at)
    return named, True


def _person(w: Write, entity: Entity, name: str, post: Post, *, at: datetime) -> tuple[Person, bool]:
    same = [one for one in registry.people_in_office(w, entity_id=entity.id, at=at) if one.name == name]
    for person in same:
        if person.post is post:
            return person, False
    if same:
        raise Conflict(f"{name} is {label(same[0].post)} of {entity.name} already; end that office first")
    return name_person(w, entity_id=entity.id, name=name, post=post, by=SYSTEM, at=at), True


def _post(text: str) -> Post:
    plain = text.strip()
    found = _POSTS.get(plain)
    if found is None and plain in set(Post):
        found = Post(plain)
    if found is None:
        raise Invalid(f"post {plain!r}: expected {'、'.join(label(post) for post in Post)}, or {', '.join(Post)}")
    return found


def _zone(text: str) -> Zone | None:
    plain = text.strip()
    if not plain:
        return None
    found = _ZONES.get(plain)
    if found is None and plain in set(Zone):
        found = Zone(plain)
    if found is None:
        raise Invalid(f"zone {plain!r}: expected {'、'.join(_ZONES)}, or their codes")
    return found


def _duty(text: str) -> Duty | None:
    plain = text.strip()
    if not plain:
        return None
    found = _DUTIES.get(plain)
    if found is None and plain in set(Duty):
        found = Duty(plain)
    if found is None:
        raise Invalid(f"duty {plain!r}: expected {'、'.join(_DUTIES)}, or their codes")
    return found
