"""The daily report of unannounced inspections (暗访日报) and the order to put a hazard right (交办单)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from api.console.shell.words import moment, short
from api.documents.paper import HEAD, SMALL, TITLE, pdf, table, text
from models.base.errors import NotFound
from models.catalogue.codes import code_label
from models.catalogue.terms import TaskState, label
from models.domain.ledger import start_of
from models.domain.tasks import RectificationTask
from models.store import Read, registry, tasks

MOST = 500
_OVER = frozenset({TaskState.closed, TaskState.voided, TaskState.transferred_closed})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A hazard that somebody found on the spot, with the names of where and who."""

    task: RectificationTask
    entity: str
    site: str
    person: str

    @property
    def overdue(self) -> bool:
        """Whether it is open and its deadline has passed."""
        return self.task.overdue_level > 0 and self.task.state not in _OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """A day's hazards that people found on the spot; `more` if there are more than `MOST`."""

    day: date
    found: tuple[Found, ...]
    more: bool

    @property
    def closed(self) -> int:
        """How many are put right."""
        return sum(one.task.state is TaskState.closed for one in self.found)

    @property
    def overdue(self) -> int:
        """How many are open past their deadline."""
        return sum(one.overdue for one in self.found)

    @property
    def by_code(self) -> list[tuple[str, int]]:
        """How many of each kind, the most frequent first."""
        counts = Counter(code_label(one.task.code) for one in self.found)
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def load_day(r: Read, day: date, *, within: str) -> Inspected:
    """Load what was found on the spot on a local day within a region."""
    rows = tasks.spot_tasks(
        r, since=start_of(day), until=start_of(day + timedelta(days=1)), within=within, limit=MOST + 1
    )
    return Inspected(day=day, found=_named(r, rows[:MOST]), more=len(rows) > MOST)


def load_order(r: Read, task_id: UUID) -> Found:
    """Load one task with the names that its order needs.

    Raises:
        NotFound: no such task in what the caller may see.
    """
    task = tasks.task(r, task_id)
    if task is None:
        raise NotFound(f"no task {task_id}")
    return _named(r, [task])[0]


def daily_pdf(day: Inspected) -> bytes:
    """Return the report of a day as PDF."""
    title = f"食品安全暗访检查日报（{day.day.year}年{day.day.month}月{day.day.day}日）"
    sums = f"当日现场发现隐患 {len(day.found)} 件，已销号 {day.closed} 件，逾期未完成 {day.overdue} 件。"
    flow: list[Flowable] = [text(title, TITLE), Spacer(1, 4 * mm), text(sums)]
    if day.found:
        flow += [text("按问题分类", HEAD), text("、".join(f"{name} {count} 件" for name, count in day.by_code) + "。")]
        flow += [text("交办清单", HEAD)]
        rows = [["序号", "主体", "场所", "问题", "级别", "交办人、时间", "期限", "状态"]]
        rows += [_row(number, one) for number, one in enumerate(day.found, start=1)]
        flow += [table(rows, (12, 30, 24, 26, 14, 28, 24, 18))]
    if day.more:
        flow += [text(f"仅列出前 {MOST} 件。", SMALL)]
    return pdf(flow, title="食品安全暗访检查日报")


def order_pdf(found: Found, *, at: datetime) -> bytes:
    """Return the order to put a hazard right (交办单) as PDF, with the place for two signatures."""
    task = found.task
    rows = [
        ["编号", str(task.id), "打印时间", moment(at)],
        ["经营主体", found.entity, "场所、区域", f"{found.site} {label(task.zone)}"],
        ["问题", code_label(task.code), "级别", label(task.severity)],
        ["整改要求", task.requirement or "按规定整改", "整改期限", moment(task.due_at)],
        ["责任人", found.person or "未落实，由监管所代管", "目前状态", label(task.state)],
        ["交办人", task.dispatched_by, "交办时间", moment(task.dispatched_at)],
    ]
    title = "食品安全隐患交办单"
    flow: list[Flowable] = [text(title, TITLE), Spacer(1, 5 * mm), table(rows, (22, 66, 24, 60), head=False)]
    signatures = [["交办人（签字）：", "接收人（签字）："], ["日期：", "日期："]]
    flow += [Spacer(1, 8 * mm), table(signatures, (86, 86), head=False)]
    return pdf(flow, title=title)


def _row(number: int, one: Found) -> list[str]:
    task = one.task
    state = label(task.state) + ("（逾期）" if one.overdue else "")
    who = f"{task.dispatched_by} {short(task.dispatched_at)}"
    return [
        str(number), one.entity, one.site, code_label(task.code), label(task.severity), who, short(task.due_at), state
    ]  # fmt: skip


def _named(r: Read, rows: Sequence[RectificationTask]) -> tuple[Found, ...]:
    entities = registry.entities_of(r, {one.entity_id for one in rows})
    sites = registry.sites_of(r, {one.site_id for one in rows})
    people = registry.people_of(r, {one.person_id for one in rows if one.person_id is not None})

    def found(task: RectificationTask) -> Found:
        entity, site = entities.get(task.entity_id), sites.get(task.site_id)
        person = None if task.person_id is None else people.get(task.person_id)
        return Found(
            task=task,
            entity="" if entity is None else entity.name,
            site="" if site is None else site.name,
            person="" if person is None else person.name,
        )

    return tuple(map(found, rows))
