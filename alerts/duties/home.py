"""What a person of an enterprise has to do now (三人三责): the periods of their post, hazards, work and warnings."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from alerts.duties.daily import LONGEST_BACK, grace_of
from alerts.duties.periodic import late_after
from alerts.duties.posts import duties_of
from models.base.clock import SHANGHAI
from models.catalogue.duty_terms import DutyPeriod, RecordState, ReportKind
from models.catalogue.terms import Holder, Post, Severity, TaskState
from models.domain.duties import DueRecord
from models.domain.registry import Person
from models.domain.reports import WorkItem
from models.domain.tasks import RectificationTask
from models.domain.warnings import DutyWarning
from models.store import duties, openings, people, registry, reports, tasks, warnings
from models.store.connect import Read

WAITING = frozenset({TaskState.dispatched, TaskState.acknowledged, TaskState.rectifying, TaskState.returned})
"""The states in which a task waits for the enterprise."""
MOST = 50
_READ = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One day, week or month to account for.

    Attributes:
        until: the moment after which a signature is late.
    """

    period: DutyPeriod
    record: DueRecord
    until: datetime

    @property
    def done(self) -> bool:
        """Return whether it is signed."""
        return self.record.state is RecordState.signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What one account of an enterprise has to do.

    Attributes:
        person: whose account it is; None for an account of the whole enterprise.
        periods: what the person keeps; everything for an account of the whole enterprise.
        dues: the present day, week and month of these, and what is missing of those before.
        tasks: hazards that wait for the person, the nearest deadline first.
        work: what reports assign to the person.
        warnings: open warnings that name the person's post.
    """

    person: Person | None
    periods: tuple[DutyPeriod, ...]
    dues: tuple[Due, ...]
    tasks: tuple[RectificationTask, ...]
    work: tuple[WorkItem, ...]
    warnings: tuple[DutyWarning, ...]


def load_home(r: Read, *, entity_id: UUID, person_id: UUID | None, at: datetime) -> Home:
    """Load the home of an account; `r` sees one enterprise."""
    person, periods = (None, tuple(DutyPeriod)) if person_id is None else duties_of(r, person_id, at=at)
    if person_id is not None and not periods and (person is None or not person.in_office(at)):
        return Home(person=person, periods=(), dues=(), tasks=(), work=(), warnings=())
    today = at.astimezone(SHANGHAI).date()
    return Home(
        person=person,
        periods=periods,
        dues=tuple(due for period in periods for due in _dues(r, period, entity_id, today)),
        tasks=tuple(_tasks(r, person, at=at)[:MOST]),
        work=tuple(
            one
            for one in reports.work_items(r, done=False, limit=_READ)
            if person is None or one.who.strip() == person.name
        )[:MOST],
        warnings=tuple(
            one
            for one in warnings.warnings(r, is_open=True, limit=_READ)
            if person is None or Holder(person.post) in one.told
        )[:MOST],
    )


def waiting_for(
    person: Person | None, found: Collection[RectificationTask], *, at: datetime
) -> list[RectificationTask]:
    """Return the tasks that wait for a person.

    An officer has their own, a 总监 every one, the principal their own and grave or late ones.
    None stands for the whole enterprise.
    """
    if person is None or person.post is Post.director:
        return list(found)
    own = [task for task in found if task.person_id == person.id]
    if person.post is Post.officer:
        return own
    return own + [
        task
        for task in found
        if task.person_id != person.id and (task.severity is Severity.critical or task.due_at < at)
    ]


def _tasks(r: Read, person: Person | None, *, at: datetime) -> list[RectificationTask]:
    found = tasks.tasks_by_deadline(r, states=WAITING, limit=_READ)
    if person is not None:  # beyond the bound of the list above, a person's own ones are still found
        known = {task.id for task in found}
        own = people.open_tasks_of(r, person_id=person.id, site_id=None, limit=_READ)
        found += [task for task in own if task.state in WAITING and task.id not in known]
    return sorted(waiting_for(person, found, at=at), key=lambda task: (task.due_at, task.id))


def _dues(r: Read, period: DutyPeriod, entity_id: UUID, today: date) -> list[Due]:
    if period is DutyPeriod.day:
        first = today - LONGEST_BACK
        entity = registry.entity(r, entity_id)
        tenant = "" if entity is None else entity.tenant_id
        closed = set(openings.closed_days(r, tenant_id=tenant, entity_id=entity_id, since=first, until=today))
        days = duties.days(r, entity_id=entity_id, first=first, last=today)
        asked = [one for one in days if one.begin not in closed or one.record_id is not None]
        return [Due(period=period, record=one, until=grace_of(one.begin)) for one in asked]
    if period is DutyPeriod.week:
        monday = today - timedelta(days=today.weekday())
        found = duties.weeks(r, entity_id=entity_id, last=monday, before=monday - timedelta(days=7))
    else:
        first = today.replace(day=1)
        before = (first - timedelta(days=1)).replace(day=1)
        found = duties.months(r, entity_id=entity_id, last=first, before=before)
    return [Due(period=period, record=one, until=late_after(ReportKind(period), one.begin)) for one in found]
