"""The page of accountable people of an enterprise: posts, the matrix, absences, and hand-overs."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerts.registry.services import MAY_SET
from alerts.registry.trainings import Standing, standings
from api.access.principal import Principal
from api.console.shell.choices import Choice
from api.console.shell.words import short
from models.base.clock import SHANGHAI
from models.catalogue.duty_terms import Duty, ServiceMode
from models.catalogue.terms import Post, Zone, label
from models.domain.registry import Person
from models.domain.trainings import Training
from models.store import Read, people, registry, trainings

SITES_SHOWN, TRAININGS_SHOWN = 200, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """One person; `since` and `until` are empty if unknown or not ended."""

    id: UUID
    name: str
    post: str
    since: str
    until: str
    open_tasks: int
    away: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixLine:
    """One line of the matrix."""

    id: UUID
    person: str
    site: str
    zone: str
    duty: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceLine:
    """One absence."""

    id: UUID
    person: str
    deputy: str
    span: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """One contractor."""

    id: UUID
    contractor: str
    mode: str
    site: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursLine:
    """The training hours of one person in a year; `wanted` is empty if the post wants none."""

    person: str
    post: str
    hours: str
    wanted: str
    enough: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingLine:
    """One training; `void` says why it counts no more."""

    id: UUID
    person: str
    day: str
    hours: str
    subject: str
    organiser: str
    proof: str
    void: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """The whole page."""

    entity_id: UUID
    entity: str
    people: tuple[PersonLine, ...]
    former: tuple[PersonLine, ...]
    matrix: tuple[MatrixLine, ...]
    absences: tuple[AbsenceLine, ...]
    posts: tuple[Choice, ...]
    zones: tuple[Choice, ...]
    duties: tuple[Choice, ...]
    services: tuple[ServiceLine, ...]
    may_serve: bool
    modes: tuple[Choice, ...]
    sites: tuple[Choice, ...]
    persons: tuple[Choice, ...]
    hours: tuple[HoursLine, ...]
    trainings: tuple[TrainingLine, ...]
    today: str


def load_people(r: Read, visitor: Principal, entity_id: UUID | None, *, now: datetime) -> PeoplePage | None:
    """Load the page of an enterprise, by default the visitor's own; None if there is none."""
    wanted = entity_id or visitor.entity
    entity = None if wanted is None else registry.entity(r, wanted)
    if entity is None:
        return None
    found = people.people(r, entity_id=entity.id)
    names = {person.id: person.name for person in found}
    absences = people.absences(r, entity_id=entity.id, at=now)
    away = {row.person_id: f"请假至 {short(row.absent_to)}" for row in absences if row.covers(now)}
    present = [person for person in found if person.in_office(now)]
    sites = registry.sites_of_entity(r, entity.id, limit=SITES_SHOWN)
    site_names = {site.id: site.name for site in sites}
    return PeoplePage(
        entity_id=entity.id,
        entity=entity.name,
        people=tuple(_person(r, person, away.get(person.id, "")) for person in present),
        former=tuple(_person(r, person, "") for person in found if not person.in_office(now)),
        matrix=tuple(
            MatrixLine(
                id=line.id,
                person=names.get(line.person_id, "—"),
                site="全部厨房" if line.site_id is None else site_names.get(line.site_id, line.site_id),
                zone="全部区域" if line.zone is None else label(line.zone),
                duty="全部职责" if line.duty is None else label(line.duty),
                since=short(line.valid_from),
            )
            for line in people.lines(r, entity_id=entity.id)
        ),
        absences=tuple(
            AbsenceLine(
                id=row.id,
                person=names.get(row.person_id, "—"),
                deputy=names.get(row.deputy_id, "—"),
                span=f"{short(row.absent_from)} 至 {short(row.absent_to)}",
                reason=row.reason,
            )
            for row in absences
        ),
        posts=tuple(Choice(value=post, text=label(post)) for post in reversed(Post)),
        zones=tuple(Choice(value=zone, text=label(zone)) for zone in Zone),
        duties=tuple(Choice(value=duty, text=label(duty)) for duty in Duty),
        services=tuple(
            ServiceLine(
                id=row.id,
                contractor=row.contractor,
                mode=label(row.mode),
                site="全部厨房" if row.site_id is None else site_names.get(row.site_id, row.site_id),
                since=short(row.valid_from),
            )
            for row in people.services(r, entity_id=entity.id)
        ),
        may_serve=visitor.role in MAY_SET,
        modes=tuple(Choice(value=mode, text=label(mode)) for mode in ServiceMode),
        sites=tuple(Choice(value=site.id, text=site.name) for site in sites),
        persons=tuple(
            Choice(value=str(person.id), text=f"{person.name}（{label(person.post)}）") for person in present
        ),
        hours=tuple(_hours(one) for one in standings(r, present, entity_id=entity.id, at=now)),
        trainings=tuple(_training(row, names) for row in trainings.trainings(r, entity_id=entity.id)[:TRAININGS_SHOWN]),
        today=f"{now.astimezone(SHANGHAI):%Y-%m-%d}",
    )


def _hours(one: Standing) -> HoursLine:
    return HoursLine(
        person=one.person.name,
        post=label(one.person.post),
        hours=f"{float(one.hours):g}",
        wanted="" if one.wanted is None else f"{one.wanted:.1f}",
        enough=one.enough,
    )


def _training(row: Training, names: dict[UUID, str]) -> TrainingLine:
    return TrainingLine(
        id=row.id,
        person=names.get(row.person_id, "—"),
        day=row.held_on.isoformat(),
        hours=f"{float(row.hours):g}",
        subject=row.subject,
        organiser=row.organiser,
        proof=row.proof,
        void=row.void_reason or "",
    )


def _person(r: Read, person: Person, away: str) -> PersonLine:
    return PersonLine(
        id=person.id,
        name=person.name,
        post=label(person.post),
        since="" if person.valid_from is None else short(person.valid_from),
        until="" if person.valid_to is None else short(person.valid_to),
        open_tasks=people.open_total(r, person_id=person.id, site_id=None),
        away=away,
    )
