"""The page of leads to enforcement: open ones with their periods and steps, and those that ended lately."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerts.hazards.lead_steps import NEEDS_WORDS, commands_of
from api.console.shell.words import left, moment, short
from models.catalogue.codes import code_label
from models.catalogue.terms import LeadCommand, LeadState, label
from models.domain.access import Actor
from models.domain.leads import Lead
from models.store import Read, leads, registry
from models.store.legible import each

OPEN_SHOWN, ENDED_SHOWN = 100, 20
_PERIODS = {LeadState.filed: "作出决定期限"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that the visitor may take."""

    path: str
    name: str
    needs_words: bool
    files_case: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One lead."""

    id: UUID
    task_id: UUID
    version: int
    title: str
    severity: str
    severity_label: str
    state: str
    place: str
    ground: str
    reason: str
    addressee: str
    created: str
    sent: str
    period: str
    due: str
    left: str
    late: bool
    case_no: str
    officers: str
    outcome: str
    feedback: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsPage:
    """All leads of the visitor's region; `late` counts those beyond their period."""

    open: tuple[Card, ...]
    ended: tuple[Card, ...]
    late: int


def load_leads(r: Read, *, by: Actor, now: datetime) -> LeadsPage:
    """Load the open leads, and those that ended lately."""
    running = leads.leads(r, before=None, limit=OPEN_SHOWN, ended=False)
    ended = leads.leads(r, before=None, limit=ENDED_SHOWN, ended=True)
    make = _cards(r, [*running, *ended], by=by, now=now)
    return LeadsPage(
        open=each(r, running, make, mark=_marred),
        ended=each(r, ended, make, mark=_marred),
        late=leads.late_total(r, at=now),
    )


def _cards(r: Read, found: list[Lead], *, by: Actor, now: datetime) -> Callable[[Lead], Card]:
    sites = registry.sites_of(r, {lead.site_id for lead in found})
    entities = registry.entities_of(r, {lead.entity_id for lead in found})

    def card(lead: Lead) -> Card:
        site, entity = sites.get(lead.site_id), entities.get(lead.entity_id)
        names = [lead.site_id if site is None else site.name, "" if entity is None else entity.name]
        return Card(
            id=lead.id,
            task_id=lead.task_id,
            version=lead.version,
            title=code_label(lead.code),
            severity=lead.severity,
            severity_label=label(lead.severity),
            state=label(lead.state),
            place=" · ".join(name for name in names if name),
            ground=label(lead.ground),
            reason=lead.reason,
            addressee=lead.addressee,
            created=f"{lead.created_by} {short(lead.created_at)}",
            sent=moment(lead.sent_at),
            period=_PERIODS.get(lead.state, "核查立案期限" + ("（已延长）" if lead.extended else "")),
            due="" if lead.due_at is None else moment(lead.due_at),
            left="" if lead.due_at is None else left(lead.due_at, now=now),
            late=lead.due_at is not None and now > lead.due_at,
            case_no=lead.case_no or "",
            officers="、".join(lead.officers),
            outcome=lead.outcome or "",
            feedback=lead.feedback or "",
            steps=tuple(_step(command) for command in commands_of(lead, by=by)),
        )

    return card


def _step(command: LeadCommand) -> Step:
    return Step(
        path=command.value.replace("_", "-"),
        name=label(command),
        needs_words=command in NEEDS_WORDS,
        files_case=command is LeadCommand.file,
    )


def _marred(lead: Lead) -> Card:
    """Return the card of a lead that can't be shown."""
    return Card(
        id=lead.id,
        task_id=lead.task_id,
        version=lead.version,
        title="这条线索无法显示",
        severity=str(lead.severity),
        severity_label=str(lead.severity),
        state=str(lead.state),
        place=lead.site_id,
        ground="—",
        reason="",
        addressee="—",
        created="—",
        sent="—",
        period="",
        due="",
        left="",
        late=False,
        case_no="",
        officers="",
        outcome="",
        feedback="",
        steps=(),
    )
