"""The home page of people of an enterprise (三人三责): what their post has to do, and nothing else."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from alerts.duties.home import Due, Home, load_home
from api.access.principal import Principal
from api.console.shell.words import left, short
from models.base.clock import SHANGHAI
from models.catalogue.codes import code_label
from models.catalogue.duty_terms import DutyPeriod
from models.catalogue.terms import label
from models.store import Read, registry

_PAGES = {DutyPeriod.day: "records?record", DutyPeriod.week: "reports?report", DutyPeriod.month: "reports?report"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLine:
    """One day, week or month; `link` is empty while nobody has opened its record.

    Attributes:
        action: the word on the button; empty where nothing is left to do.
        late: a signature now would be late.
    """

    period: DutyPeriod
    site_id: str
    where: str
    when: str
    begin: str
    until: str
    link: str
    action: str
    state: str
    done: bool
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The lines of one period."""

    period: DutyPeriod
    name: str
    asked: str
    lines: tuple[DueLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """One hazard that waits."""

    id: UUID
    title: str
    where: str
    severity: str
    severity_label: str
    state: str
    left: str
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLine:
    """One piece of assigned work."""

    id: UUID
    what: str
    due: str
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningLine:
    """One warning."""

    level: str
    level_label: str
    because: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """The whole page; `retired`: the account's person is no longer in office."""

    title: str
    today: str
    retired: bool
    parts: tuple[Part, ...]
    tasks: tuple[TaskLine, ...]
    work: tuple[WorkLine, ...]
    warnings: tuple[WarningLine, ...]
    left: int


_ASKED = {
    DutyPeriod.day: "次日 10:00 前签名；没有发现问题也要提交零风险报告。",
    DutyPeriod.week: "下周一 12:00 前评定风险并签名。",
    DutyPeriod.month: "次月 5 日前召开会议、布置工作并签名。",
}


def load_page(r: Read, visitor: Principal, *, now: datetime) -> HomePage:
    """Load the home of the visitor, who belongs to an enterprise."""
    home = (
        Home(person=None, periods=(), dues=(), tasks=(), work=(), warnings=())
        if visitor.entity is None
        else load_home(r, entity_id=visitor.entity, person_id=visitor.person, at=now)
    )
    today = now.astimezone(SHANGHAI).date()
    ids = {task.site_id for task in home.tasks} | {one.site_id for one in home.warnings if one.site_id is not None}
    names = {site.id: site.name for site in registry.sites_of(r, ids).values()}
    post = "" if home.person is None else f"{label(home.person.post)} · "
    parts = tuple(_part(period, home, today=today, now=now) for period in home.periods)
    return HomePage(
        title=f"{post}{visitor.shown_name if home.person is None else home.person.name}",
        today=f"{today.month}月{today.day}日 星期{'一二三四五六日'[today.weekday()]}",
        retired=visitor.person is not None and not home.periods and visitor.post is None,
        parts=parts,
        tasks=tuple(
            TaskLine(
                id=task.id,
                title=code_label(task.code),
                where=names.get(task.site_id, task.site_id),
                severity=task.severity,
                severity_label=label(task.severity),
                state=label(task.state),
                left=left(task.due_at, now=now),
                late=task.due_at < now,
            )
            for task in home.tasks
        ),
        work=tuple(
            WorkLine(id=one.id, what=one.what, due=f"{one.due.month}月{one.due.day}日前", late=one.due < today)
            for one in home.work
        ),
        warnings=tuple(
            WarningLine(
                level=one.level,
                level_label=label(one.level),
                because=one.because,
                where=names.get(one.site_id or "", ""),
            )
            for one in home.warnings
        ),
        left=sum(not line.done for part in parts for line in part.lines) + len(home.tasks) + len(home.work),
    )


def _part(period: DutyPeriod, home: Home, *, today: date, now: datetime) -> Part:
    return Part(
        period=period,
        name=label(period),
        asked=_ASKED[period],
        lines=tuple(_line(due, today=today, now=now) for due in home.dues if due.period is period),
    )


def _line(due: Due, *, today: date, now: datetime) -> DueLine:
    record = due.record
    return DueLine(
        period=due.period,
        site_id=record.site_id or "",
        where=record.site or "全部厨房",
        when=_when(due.period, record.begin, today),
        begin=record.begin.isoformat(),
        until=short(due.until),
        link="" if record.record_id is None else f"/console/{_PAGES[due.period]}={record.record_id}",
        action="" if due.done else "填写" if record.record_id is None else "继续",
        state="未填写" if record.state is None else label(record.state),
        done=due.done,
        late=not due.done and now > due.until,
    )


def _when(period: DutyPeriod, begin: date, today: date) -> str:
    if period is DutyPeriod.day:
        return "今日" if begin == today else f"{begin.month}月{begin.day}日"
    if period is DutyPeriod.week:
        until = begin + timedelta(days=6)
        return "本周" if begin <= today <= until else f"{begin.month}月{begin.day}日–{until.month}月{until.day}日"
    return "本月" if (begin.year, begin.month) == (today.year, today.month) else f"{begin.month}月"
