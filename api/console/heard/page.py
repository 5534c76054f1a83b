"""The page of what the public reported (群众反映)."""

from dataclasses import dataclass
from uuid import UUID

from api.console.shell.choices import Choice
from api.console.shell.words import moment
from models.catalogue.codes import VIOLATION_CODES, code_label
from models.catalogue.terms import label
from models.domain.public import PublicReport
from models.store import Read, devices, public, registry

SHOWN, SETTLED_SHOWN = 100, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One report; `places` are the devices at which a hazard can be recorded."""

    id: UUID
    version: int
    entity: str
    concern: str
    text: str
    contact: str
    received: str
    state: str
    answer: str
    settled: str
    task_id: UUID | None
    places: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardPage:
    """The whole page."""

    waiting: tuple[Line, ...]
    settled: tuple[Line, ...]
    codes: tuple[Choice, ...]
    more: bool


def load_heard(r: Read) -> HeardPage:
    """Load the reports that wait, and the last settled ones."""
    waiting = public.reports(r, waiting=True, limit=SHOWN + 1)
    settled = public.reports(r, waiting=False, limit=SETTLED_SHOWN)
    names = registry.entities_of(r, {row.entity_id for row in [*waiting, *settled]})
    places = {entity_id: _places(r, entity_id) for entity_id in {row.entity_id for row in waiting[:SHOWN]}}

    def line(row: PublicReport) -> Line:
        entity = names.get(row.entity_id)
        return _line(row, entity="" if entity is None else entity.name, places=places.get(row.entity_id, ()))

    return HeardPage(
        waiting=tuple(line(row) for row in waiting[:SHOWN]),
        settled=tuple(line(row) for row in settled),
        codes=tuple(Choice(value=code, text=code_label(code)) for code in sorted(VIOLATION_CODES, key=code_label)),
        more=len(waiting) > SHOWN,
    )


def _places(r: Read, entity_id: UUID) -> tuple[Choice, ...]:
    sites = registry.sites_of_entity(r, entity_id, limit=SHOWN)
    found = devices.devices_at(r, [site.id for site in sites])
    return tuple(Choice(value=one.id, text=f"{one.name}（{label(one.zone)}）") for one in found)


def _line(row: PublicReport, *, entity: str, places: tuple[Choice, ...]) -> Line:
    return Line(
        id=row.id,
        version=row.version,
        entity=entity,
        concern=label(row.concern),
        text=row.text,
        contact=row.contact,
        received=moment(row.received_at),
        state=label(row.state),
        answer=row.answer,
        settled="" if row.settled_at is None else f"{row.settled_by} · {moment(row.settled_at)}",
        task_id=row.task_id,
        places=places,
    )
