"""What a message is about, loaded as it is at sending time: a task, an alert or a duty."""

from collections.abc import Callable, Mapping
from datetime import datetime

from alerts.duties.warnings.rules import rule_label
from alerts.notices.rendering import Duty, Told
from models.base.clock import SHANGHAI
from models.catalogue.notices import severity_of_level
from models.catalogue.terms import Severity, label
from models.domain.alerts import Alert
from models.domain.notices import Channel, Notice
from models.domain.tasks import RectificationTask
from models.store import Read, alerts, broadcasts, letters, registry, reports, supervision, tasks, warnings

_VISIT, _WARNING, _REPORT, _INDICES, _NOTICES = (
    "/console/supervision",
    "/console/warnings",
    "/console/reports",
    "/console/indices",
    "/console/notices",
)


def told_of(r: Read, notice: Notice, channel: Channel) -> Told | None:
    """Return what a notice is about, as it is now; None for a test message, and if it is gone."""
    load = _LOADERS.get(notice.subject_kind)
    return None if load is None else load(r, notice, channel)


def _task(r: Read, notice: Notice, _: Channel) -> Told | None:
    found = tasks.task(r, notice.subject_id)
    return None if found is None else _placed(r, found, reason=tasks.reason_of(r, notice.subject_id) or "")


def _alert(r: Read, notice: Notice, _: Channel) -> Told | None:
    found = alerts.alert(r, notice.subject_id)
    return None if found is None else _placed(r, found)


def _placed(r: Read, subject: RectificationTask | Alert, reason: str = "") -> Told:
    entity, site = registry.entity(r, subject.entity_id), registry.site(r, subject.site_id)
    return Told(
        subject=subject,
        entity="" if entity is None else entity.name,
        site=subject.site_id if site is None else site.name,
        reason=reason,
    )


def _visit(r: Read, notice: Notice, channel: Channel) -> Told | None:
    task = supervision.task(r, notice.subject_id)
    entity = None if task is None else registry.entity(r, task.entity_id)
    if task is None or entity is None or task.cadre_id != channel.cadre_id:
        return None  # handed to somebody else meanwhile, whose own channel hears of it
    duty = Duty(
        state=task.state,
        state_label=label(task.state),
        severity=notice.severity,
        what=label(task.reason),
        page=_VISIT,
        fields={"due": _day(task.due_at), "note": task.note},
    )
    return Told(subject=duty, entity=entity.name, site=entity.name)


def _warning(r: Read, notice: Notice, _: Channel) -> Told | None:
    row = warnings.warning(r, notice.subject_id)
    entity = None if row is None else registry.entity(r, row.entity_id)
    if row is None or entity is None:
        return None
    site = None if row.site_id is None else registry.site(r, row.site_id)
    over = row.ended_at is not None
    duty = Duty(
        state="ended" if over else row.level,
        state_label="已解除" if over else label(row.level),
        severity=severity_of_level(row.level),
        what=rule_label(row.rule),
        page=_WARNING,
        fields={"level": label(row.level), "because": row.because},
    )
    return Told(subject=duty, entity=entity.name, site=entity.name if site is None else site.name)


def _report(r: Read, notice: Notice, _: Channel) -> Told | None:
    row = reports.report(r, notice.subject_id)
    entity = None if row is None else registry.entity(r, row.entity_id)
    if row is None or row.rating is None or entity is None:
        return None
    site = None if row.site_id is None else registry.site(r, row.site_id)
    duty = Duty(
        state=row.rating,
        state_label=label(row.rating),
        severity=notice.severity,
        what="周排查",
        page=f"{_REPORT}?report={row.id}",
        fields={
            "span": f"{row.begin:%m-%d} 至 {row.until:%m-%d}",
            "unsolved": str(sum(not one.done for one in row.problems)),
            "words": row.words,
            "signer": row.signed_by or "",
        },
    )
    return Told(subject=duty, entity=entity.name, site=entity.name if site is None else site.name)


def _letter(r: Read, notice: Notice, _: Channel) -> Told | None:
    row = letters.letter(r, notice.subject_id)
    if row is None:
        return None
    answered = row.acknowledged_at is not None
    duty = Duty(
        state="answered" if answered else "issued",
        state_label="已回复" if answered else "待回复",
        severity=Severity.major,
        what=f"{row.period} 履责指数",
        page=f"{_INDICES}?week={row.period}",
        fields={"period": row.period, "place": str(row.place), "of": str(row.of)},
    )
    return Told(subject=duty, entity=row.name, site=row.name)


def _broadcast(r: Read, notice: Notice, _: Channel) -> Told | None:
    row = broadcasts.broadcast(r, notice.subject_id)
    if row is None:
        return None
    withdrawn = row.withdrawn_at is not None
    duty = Duty(
        state="withdrawn" if withdrawn else "sent",
        state_label="已撤回" if withdrawn else "待阅",
        severity=row.severity,
        what=row.title,
        page=_NOTICES,
        fields={"words": row.text, "issuer": f"（监管部门 {row.region_code}）"},
    )
    return Told(subject=duty, entity="", site="监管部门")


def _day(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


_LOADERS: Mapping[str, Callable[[Read, Notice, Channel], Told | None]] = {
    "task": _task,
    "alert": _alert,
    "supervision": _visit,
    "warning": _warning,
    "report": _report,
    "letter": _letter,
    "broadcast": _broadcast,
}
