"""The review page: the queue, and one alert with everything that a verdict needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from alerts.hazards.review import REVIEW_WITHIN
from api.console.review.clip import ClipView, clip_of
from api.console.shell.chart import Chart, draw
from api.console.shell.words import SWITCH, ago, moment, number, short, span, state_of_switch, unit
from models.catalogue.codes import SENSOR_CODES, code_basis_text, code_label
from models.catalogue.overrides import Spot
from models.catalogue.precision_terms import OverrideLevel
from models.catalogue.resolving import resolve
from models.catalogue.terms import AlertOrigin, AlertState, BreachLevel, EvidenceKind, label
from models.domain.alerts import Alert
from models.domain.devices import DeviceView
from models.domain.evidence import Evidence, EvidenceCopy
from models.domain.ledger import reason_label
from models.domain.registry import Entity, Site
from models.domain.violations import Violation
from models.store import Read, alerts, catalogue, devices, evidence, readings, registry, tasks, violations
from models.store.legible import each, part

SHOWN = 60
_CHARTED = 5000
"""A chart shows at most this many values: the newest of the series."""
_BEFORE, _AFTER = timedelta(hours=2), timedelta(minutes=30)
_ANSWERS = {"confirmed": "确认", "refuted": "否定", "unknown": "无法判断"}
"""Answer of a second look → its label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One line of the queue."""

    id: UUID
    severity: str
    severity_label: str
    title: str
    zone: str
    site: str
    entity: str
    waited: str
    opened: str
    overdue: bool
    occurrences: int
    sensor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The queue, highest severity first; `more` is true if it has more alerts than `rows`."""

    rows: tuple[QueueRow, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The stills of one moment, clean, with boxes, and the crops of a second look; each may be missing.

    `said` states why a copy is missing.
    """

    clean: UUID | None
    boxed: UUID | None
    close: UUID | None
    at: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A sensor's value compared with its limit; a switch has neither limit, unit nor side."""

    value: str
    limit: str
    unit: str
    level: str
    held: str
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A line of the facts beside the picture; `strong` lines are emphasised."""

    name: str
    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An alert on the review page."""

    id: UUID
    revision: int
    title: str
    severity: str
    severity_label: str
    zone: str
    place: str
    state: str
    state_label: str
    pending: bool
    pictures: tuple[Picture, ...]
    clip: ClipView | None
    measured: Measured | None
    chart: Chart | None
    facts: tuple[Fact, ...]
    origins: tuple[Fact, ...]
    verdict: str
    task_id: UUID | None


def load_queue(r: Read, *, now: datetime) -> Queue:
    """Load the alerts that wait for a verdict, highest severity first."""
    rows = alerts.review_queue(r, limit=SHOWN + 1)
    shown = rows[:SHOWN]
    sites = registry.sites_of(r, {alert.site_id for alert in shown})
    entities = registry.entities_of(r, {alert.entity_id for alert in shown})
    made = each(r, shown, lambda alert: _row(alert, sites, entities, now=now), mark=_marred_row)
    return Queue(rows=made, more=len(rows) > SHOWN)


def _row(alert: Alert, sites: dict[str, Site], entities: dict[UUID, Entity], *, now: datetime) -> QueueRow:
    site, entity = sites.get(alert.site_id), entities.get(alert.entity_id)
    return QueueRow(
        id=alert.id,
        severity=alert.severity,
        severity_label=label(alert.severity),
        title=code_label(alert.code),
        zone=label(alert.zone),
        site=alert.site_id if site is None else site.name,
        entity="" if entity is None else entity.name,
        waited=ago(alert.opened_at, now=now),
        opened=alert.opened_at.isoformat(),
        overdue=now - alert.opened_at > REVIEW_WITHIN[alert.severity],
        occurrences=alert.occurrences,
        sensor=alert.origin is AlertOrigin.breach,
    )


def _marred_row(alert: Alert) -> QueueRow:
    """Return the line of an alert that can't be shown."""
    return QueueRow(
        id=alert.id,
        severity=str(alert.severity),
        severity_label=str(alert.severity),
        title="这条预警无法显示",
        zone=str(alert.zone),
        site=alert.site_id,
        entity="",
        waited="—",
        opened="",
        overdue=False,
        occurrences=1,
        sensor=False,
    )


def load_item(r: Read, alert_id: UUID) -> Item | None:
    """Load one alert with its pictures or series and its facts; None if it does not exist."""
    alert = alerts.alert(r, alert_id)
    if alert is None:
        return None
    site, entity = registry.site(r, alert.site_id), registry.entity(r, alert.entity_id)
    device, task = devices.device(r, alert.device_id), tasks.task_of_alert(r, alert.id)
    newest = violations.violations(r, limit=1, alert_id=alert.id)
    pieces = evidence.evidence_of(r, alert.evidence_ids)
    return Item(
        id=alert.id,
        revision=alert.revision,
        title=code_label(alert.code),
        severity=alert.severity,
        severity_label=label(alert.severity),
        zone=label(alert.zone),
        place=" · ".join(part.name for part in (entity, site) if part is not None),
        state=alert.state,
        state_label=label(alert.state),
        pending=alert.state is AlertState.pending_review,
        pictures=part(r, lambda: pictures_of(alert.evidence_ids, pieces), tuple, what=f"stills of {alert.id}"),
        clip=part(
            r, lambda: clip_of(r, alert, pieces, newest[0] if newest else None), _none, what=f"clip of {alert.id}"
        ),
        measured=part(r, lambda: measured_of(alert), _none, what=f"measured of {alert.id}"),
        chart=part(r, lambda: chart_of(r, alert), _none, what=f"chart of {alert.id}"),
        facts=part(r, lambda: _facts(alert, site, entity, device), tuple, what=f"facts of {alert.id}"),
        origins=part(r, lambda: _origins(alert, newest[0] if newest else None), tuple, what=f"origin of {alert.id}"),
        verdict=_verdict(alert),
        task_id=None if task is None else task.id,
    )


def _none() -> None:
    """Replace a part that can't be shown."""


def load_clip(r: Read, alert_id: UUID) -> ClipView | None:
    """Load only the clip of an alert; None without an alert or a clip."""
    alert = alerts.alert(r, alert_id)
    if alert is None:
        return None
    newest = violations.violations(r, limit=1, alert_id=alert.id)
    return clip_of(r, alert, evidence.evidence_of(r, alert.evidence_ids), newest[0] if newest else None)


def pictures_of(
    ids: tuple[UUID, ...], pieces: list[Evidence], copies: Sequence[EvidenceCopy] = ()
) -> tuple[Picture, ...]:
    """Return the stills by moment, clean, with boxes and the crops of a second look, in the order of `ids`.

    `copies` are the copies that the viewer sees instead of the stills.
    """
    failed = {copy.evidence_id: copy.error or "" for copy in copies if copy.state == "failed"}
    by_id = {piece.id: piece for piece in pieces}
    moments: dict[datetime, dict[EvidenceKind, UUID]] = {}
    for piece in (by_id[i] for i in ids if i in by_id):
        if piece.kind in {EvidenceKind.still_clean, EvidenceKind.still_annotated, EvidenceKind.close_up}:
            moments.setdefault(piece.captured_at, {})[piece.kind] = piece.id
    return tuple(
        Picture(
            clean=pair.get(EvidenceKind.still_clean),
            boxed=pair.get(EvidenceKind.still_annotated),
            close=pair.get(EvidenceKind.close_up),
            at=moment(at),
            said=next((f"人脸模糊副本未能生成：{failed[i]}" for i in pair.values() if i in failed), ""),
        )
        for at, pair in moments.items()
    )


def measured_of(alert: Alert) -> Measured | None:
    """Return the value and its limit if a sensor raised the alert, else None."""
    raw = alert.measured
    if raw is None or not {"value", "threshold", "unit"} <= raw.keys():
        return None
    value, limit, of_switch = float(raw["value"]), float(raw["threshold"]), raw["unit"] == SWITCH
    return Measured(
        value=state_of_switch(value) if of_switch else number(value),
        limit="" if of_switch else number(limit),
        unit="" if of_switch else unit(str(raw["unit"])),
        level=label(BreachLevel(raw["level"])) if raw.get("level") in set(BreachLevel) else "",
        held=_held(float(raw.get("hold_s") or 0)),
        side="" if of_switch else "高于" if value >= limit else "低于",
    )


def _held(seconds: float) -> str:
    return f"持续 {span(timedelta(seconds=seconds))}以上" if seconds else "超限即报"


def chart_of(r: Read, alert: Alert) -> Chart | None:
    """Draw the series around a breach if a sensor raised the alert and readings exist, else return None."""
    sensor = SENSOR_CODES.get(alert.code)
    if alert.origin is not AlertOrigin.breach or sensor is None:
        return None
    rows = readings.newest_in_series(
        r,
        device_id=alert.device_id,
        code=alert.code,
        since=alert.first_at - _BEFORE,
        until=alert.last_at + _AFTER,
        limit=_CHARTED,
    )
    points = [(row.occurred_at, row.value) for row in rows]
    spot = Spot.of(alert)
    overrides = catalogue.overrides_at(r, [spot], at=alert.last_at, codes=[alert.code])
    limits = {one.limit for one in resolve(sensor, spot=spot, overrides=overrides, at=alert.last_at).entry.thresholds}
    crossed = (alert.measured or {}).get("threshold")
    if isinstance(crossed, int | float):
        limits.add(float(crossed))  # the limit at that time may differ from the present one
    return draw(points, limits=sorted(limits), began=alert.first_at)


def _facts(alert: Alert, site: Site | None, entity: Entity | None, device: DeviceView | None) -> tuple[Fact, ...]:
    found = [
        Fact(name="经营主体", text=alert.region_code if entity is None else entity.name, strong=True),
        Fact(name="场所", text=alert.site_id if site is None else site.name, strong=True),
        Fact(name="点位", text=_point(alert, device)),
        Fact(name="首次出现", text=moment(alert.first_at)),
        Fact(name="最近出现", text=moment(alert.last_at)),
        Fact(name="出现次数", text=f"{alert.occurrences} 次"),
        Fact(name="依据", text=code_basis_text(alert.code) or "—"),
    ]
    if entity is not None:
        found.append(Fact(name="信用代码", text=entity.credit_code))
    return (*_outage(alert), *found)


def _outage(alert: Alert) -> tuple[Fact, ...]:
    """Return the facts of an outage: its reason, and the number of devices away for the same reason."""
    if alert.origin is not AlertOrigin.device or alert.measured is None:
        return ()
    reason, devices = alert.measured.get("outage"), alert.measured.get("devices") or []
    found = [Fact(name="原因", text=reason_label(str(reason)), strong=True)] if reason else []
    if len(devices) > 1:
        found.append(Fact(name="涉及", text=f"{len(devices)} 台设备，同一原因", strong=True))
    return tuple(found)


def _point(alert: Alert, device: DeviceView | None) -> str:
    zone = label(alert.zone)
    name = alert.device_id if device is None else device.name
    if device is not None and device.sensor_code == name:
        name = code_label(name)
    return zone if name == zone else f"{zone} · {name}"


def _origins(alert: Alert, newest: Violation | None) -> tuple[Fact, ...]:
    """Return the facts that an appeal needs: source, model, rule and catalogue with their versions."""
    if newest is None:
        return (
            Fact(name="来源", text=_source(alert)),
            Fact(name="设备编号", text=alert.device_id),
            *_catalogue(alert),
        )
    model, rule = newest.model, newest.rule
    sha256 = str(model.get("sha256", ""))
    found = [
        Fact(name="来源", text=label(alert.origin)),
        Fact(name="置信度", text=f"{newest.score:.0%}"),
        Fact(name="模型", text=f"{model.get('name', '—')} {model.get('version', '')}".strip()),
        Fact(name="规则", text=f"{rule.get('id', '—')} · {rule.get('version', '—')}"),
        *second_look_of(rule),
        Fact(name="设备时间", text=moment(newest.occurred_at)),
        Fact(name="平台接收", text=moment(newest.received_at)),
        Fact(name="设备编号", text=alert.device_id),
        *_catalogue(alert),
    ]
    return (*found, Fact(name="模型摘要", text=sha256[:16] + "…")) if sha256 else tuple(found)


def second_look_of(rule: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Return the fact of a second look, if the rule took one; what an edge agent reports of it may have any form."""
    look = rule.get("look")
    answer, share = (look.get("answer"), look.get("share")) if isinstance(look, dict) else (None, None)
    if not isinstance(answer, str) or answer not in _ANSWERS:
        return ()
    known = isinstance(share, int | float) and 0 <= share <= 1
    return (Fact(name="二次判别", text=f"{_ANSWERS[answer]}（{share:.0%}）" if known else _ANSWERS[answer]),)


def _catalogue(alert: Alert) -> tuple[Fact, ...]:
    """Return the version of the catalogue that set severity and limits, and the levels of its overrides."""
    remembered = alert.catalogue
    if remembered is None:
        return ()
    changed = remembered.get("overrides") or []
    levels = "、".join(dict.fromkeys(label(OverrideLevel(one["level"])) for one in changed))
    suffix = f" · 有{levels}级调整" if levels else ""
    return (Fact(name="目录", text=f"{remembered.get('version', '—')}{suffix}"),)


def _source(alert: Alert) -> str:
    return label(alert.origin) + (" · 阈值规则" if alert.origin is AlertOrigin.breach else "")


def _verdict(alert: Alert) -> str:
    if alert.state is AlertState.pending_review:
        return ""
    who = f"{alert.reviewed_by or '—'} 于 {short(alert.reviewed_at)}"
    return f"{who} 判定：{label(alert.state)}" + (f"（{alert.remark}）" if alert.remark else "")
