"""The day record (日管控): rows filled in from what the platform knows, answers, and the signature. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from alerts.duties.packs import Pack, PackRow
from models.base.clock import SHANGHAI
from models.base.errors import Invalid, InvalidTransition, NotAllowed
from models.catalogue.codes import code_label
from models.catalogue.duty_terms import RecordState, RowResult
from models.catalogue.terms import AlertState, Role, label
from models.domain.access import Actor
from models.domain.alerts import Alert
from models.domain.meals import MealRecord
from models.domain.records import DayRecord, RecordRow
from models.evidence.verifier import canonical

MAY_RECORD = frozenset({Role.enterprise, Role.admin})
GRACE_UNTIL = time(10)
"""A record signed after this local time of the next day is late (domain default)."""
LONGEST_BACK = timedelta(days=7)
_ENOUGH_WATCHED = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the platform knows about a kitchen's day.

    Attributes:
        alerts: alerts that were open at some time of the day, without rejected ones.
        sensor_codes: kinds of sensors that the kitchen has.
        has_cameras: whether it has cameras.
        watched: share of the day's minutes, from its beginning to now, in which its cameras were analysed; None
            without cameras or minutes.
        open_hazards: number of confirmed hazards of the kitchen that are open now.
        meals: the meals that were recorded for the day.
    """

    alerts: tuple[Alert, ...]
    sensor_codes: frozenset[str]
    has_cameras: bool
    watched: float | None
    open_hazards: int
    meals: tuple[MealRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the officer says about one row."""

    code: str
    result: RowResult
    problem: str = ""
    disposal: str = ""


def check_day(day: date, *, at: datetime) -> None:
    """Check that a record may be written for a day now.

    Raises:
        Invalid: the day lies ahead, or more than a week back.
    """
    today = at.astimezone(SHANGHAI).date()
    if not today - LONGEST_BACK <= day <= today:
        raise Invalid(
            f"只能填写今天或最近 {LONGEST_BACK.days} 天的记录 "
            f"day {day}: expected today or one of the last {LONGEST_BACK.days} days"
        )


def filled_in(pack: Pack, facts: Facts) -> tuple[RecordRow, ...]:
    """Return the rows of a form with what the platform knows, each with its source."""
    return tuple(_row(row, facts) for row in pack.rows)


def renewed(record: DayRecord, form: Pack, facts: Facts) -> DayRecord:
    """Return a draft whose rows without an answer say what the platform knows now; answered rows stay as they were."""
    if record.state is RecordState.signed:
        return record
    known = {row.code: row for row in filled_in(form, facts)}
    items = (row if row.result is not None else known.get(row.code, row) for row in record.items)
    return replace(record, items=tuple(items))


def answered(record: DayRecord, answers: Iterable[Answer], *, by: Actor) -> DayRecord:
    """Return the record with the officer's answers.

    Raises:
        NotAllowed: the role may not answer.
        InvalidTransition: the record is signed.
        Invalid: there is no such row, or a problem has no description or disposal.
    """
    _check_writable(record, by=by)
    rows = {row.code: row for row in record.items}
    for answer in answers:
        row = rows.get(answer.code)
        if row is None:
            raise Invalid(f"row {answer.code!r}: the form has no such row")
        if answer.result is RowResult.problem and not (answer.problem.strip() and answer.disposal.strip()):
            raise Invalid(
                "有问题的项目须填写问题和处置 "
                f"row {answer.code}: a problem needs what was found (problem) and what was done (disposal)"
            )
        rows[answer.code] = replace(
            row, result=answer.result, problem=answer.problem.strip(), disposal=answer.disposal.strip()
        )
    return replace(record, items=tuple(rows[row.code] for row in record.items))


def signed(record: DayRecord, facts: Facts, *, name: str, zero_risk: bool, by: Actor, at: datetime) -> DayRecord:
    """Return the signed record. The signature is the SHA-256 over its content, the name and the time.

    Raises:
        NotAllowed: the role may not sign.
        InvalidTransition: the record is signed already.
        Invalid: a row has no answer, the name is empty, or zero risk is declared although problems or open hazards
            exist.
    """
    _check_writable(record, by=by)
    lacking = [row.code for row in record.items if row.result is None]
    if lacking:
        raise Invalid(f"还有 {len(lacking)} 项没有确认 {len(lacking)} rows have no answer, {lacking[0]} for one")
    if not name.strip():
        raise Invalid("请填写签名 name: expected the name of the officer who signs")
    problems = sum(row.result is RowResult.problem for row in record.items)
    if zero_risk and (problems or facts.open_hazards):
        raise Invalid(
            "有问题或未销号的隐患，不能报零风险 "
            f"zero_risk: {problems} rows are problems and {facts.open_hazards} confirmed hazards are open; "
            "record them instead"
        )
    moved = replace(
        record,
        state=RecordState.signed,
        signed_by=name.strip(),
        signed_at=at,
        zero_risk=zero_risk,
        late=at > grace_of(record.day),
    )
    return replace(moved, signature=signature_of(moved))


def signature_of(record: DayRecord) -> str:
    """Return the SHA-256 over what was signed, as hex."""
    content = {
        "id": str(record.id),
        "site_id": record.site_id,
        "day": record.day.isoformat(),
        "pack": record.pack,
        "items": [row.as_json() for row in record.items],
        "zero_risk": record.zero_risk,
        "signed_by": record.signed_by,
        "signed_at": None if record.signed_at is None else record.signed_at.isoformat(),
    }
    return hashlib.sha256(canonical(content)).hexdigest()


def grace_of(day: date) -> datetime:
    """Return the moment after which a record of a day is late."""
    return datetime.combine(day + timedelta(days=1), GRACE_UNTIL, SHANGHAI)


def _check_writable(record: DayRecord, *, by: Actor) -> None:
    if by.role not in MAY_RECORD:
        raise NotAllowed(f"a day record needs one of the roles {', '.join(sorted(MAY_RECORD))}; your role is {by.role}")
    if record.state is RecordState.signed:
        raise InvalidTransition("the record is signed; a signed record is not changed")


def _row(row: PackRow, facts: Facts) -> RecordRow:
    found = [alert for alert in facts.alerts if alert.code in row.knows]
    suggested, source = _suggestion(row, found, facts)
    return RecordRow(
        code=row.code,
        text=row.text,
        key=row.key,
        suggested=suggested,
        source=source,
        alert_ids=tuple(str(alert.id) for alert in found),
        problem=source if suggested is RowResult.problem else "",
    )


def _suggestion(row: PackRow, found: list[Alert], facts: Facts) -> tuple[RowResult | None, str]:
    if found:
        return RowResult.problem, _of_alerts(found)
    said = [one for one in (_of_devices(row, facts), _of_meals(row, facts)) if one is not None]
    wrong = next((one for one in said if one[0] is RowResult.problem), None)
    if wrong is not None:
        return wrong
    return (RowResult.ok, "；".join(words for _, words in said)) if said else (None, "")


def _of_alerts(found: list[Alert]) -> str:
    counts: Mapping[str, int] = {
        code: sum(alert.occurrences for alert in found if alert.code == code) for code in {a.code for a in found}
    }
    waiting = sum(alert.state is AlertState.pending_review for alert in found)
    said = "、".join(f"{code_label(code)} {count} 次" for code, count in sorted(counts.items()))
    return said + (f"（{waiting} 条待复核）" if waiting else "")


def _of_devices(row: PackRow, facts: Facts) -> tuple[RowResult, str] | None:
    """Return what cameras and sensors say about a row without alerts; None if they say nothing."""
    if row.ledger and facts.watched is not None:
        enough = facts.watched >= _ENOUGH_WATCHED
        return RowResult.ok if enough else RowResult.problem, f"摄像头有效监测 {facts.watched:.0%}"
    if row.sensors & facts.sensor_codes:
        return RowResult.ok, "传感器今日无报警"
    if row.codes and facts.has_cameras and facts.watched:
        return RowResult.ok, "AI 巡检今日未发现"
    return None


def _of_meals(row: PackRow, facts: Facts) -> tuple[RowResult, str] | None:
    """Return what the recorded meals say about a row; None if they say nothing."""
    if not row.meals or not facts.meals:
        return None
    if row.meals == "sampled":
        lacking, done = [one for one in facts.meals if not one.sampled], "已留样"
    else:
        lacking, done = [one for one in facts.meals if not all(goods.traced for goods in one.supplies)], "食材票证齐全"
        if not any(one.supplies for one in facts.meals):
            return None
    if lacking:
        what = "未登记留样" if row.meals == "sampled" else "食材缺供货商或票证"
        return RowResult.problem, f"餐次登记：{_names(lacking)}{what}"
    return RowResult.ok, f"餐次登记：{_names(facts.meals)}{done}"


def _names(meals: Iterable[MealRecord]) -> str:
    return "、".join(label(one.meal) for one in meals)
