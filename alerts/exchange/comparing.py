"""Compare a file with the registry, line by line: what is new, what differs, what refers to nothing, what is wrong."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date
from uuid import UUID

from alerts.duties.tiers import after_change
from alerts.exchange.sets import FIELDS, KEYS, OWN, changes, of_cadre, of_entity, of_visit, parsed
from alerts.registry.tables import Line
from models.base.errors import InvalidTransition
from models.base.jsonio import dumps
from models.catalogue.exchange_terms import DataSet, LineResult
from models.catalogue.supervision_terms import EntityChangeKind, OperatingState
from models.catalogue.terms import label
from models.domain.exchange import CadreRow, EntityRow, ExchangeReport, LineFault, LineFinding, VisitRow
from models.store import Read, exchange
from models.store.exchange import Within

Values = dict[str, str]
_Judged = tuple[UUID | None, Values | None, list[LineFault], list[LineFault]]
"""A line compared: the registered row's id and fields, what is wrong, and what it refers to in vain."""


def compare(
    r: Read, data_set: DataSet, lines: Sequence[Line], *, of: Within, file_sha256: str, today: date
) -> ExchangeReport:
    """Return how a file differs from what is registered within a region; nothing is changed."""
    read = [(number, *parsed(data_set, line)) for number, line in lines]
    stated = [values for _, values, _ in read]
    match data_set:
        case DataSet.entities:
            judge = _entities(r, stated, of=of)
        case DataSet.cadres:
            judge = _cadres(r, stated, of=of)
        case DataSet.supervision:
            judge = _visits(r, stated, of=of, today=today)
    seen: dict[object, int] = {}
    findings = tuple(_finding(data_set, *one, judge=judge, seen=seen) for one in read)
    absent, keys = _absent(r, data_set, findings, of=of)
    body = dumps([file_sha256, [asdict(one) for one in findings]])
    return ExchangeReport(
        data_set=data_set,
        file_sha256=file_sha256,
        digest=hashlib.sha256(body.encode()).hexdigest(),
        findings=findings,
        absent=absent,
        absent_keys=tuple(keys),
    )


def kind_of_change(now: OperatingState) -> EntityChangeKind:
    """Return the registered change that leads from one state of operation to another."""
    kinds = {OperatingState.suspended: EntityChangeKind.suspend, OperatingState.closed: EntityChangeKind.close}
    return kinds.get(now, EntityChangeKind.resume)


def _finding(
    data_set: DataSet,
    number: int,
    values: Values,
    faults: list[LineFault],
    *,
    judge: Callable[[Values], _Judged],
    seen: dict[object, int],
) -> LineFinding:
    key = " ".join(values.get(name, "—") for name in KEYS[data_set])
    found = LineFinding(number=number, result=LineResult.invalid, key=key, id=None, values=values)
    if faults:
        return _with(found, faults=faults)
    row_id, was, wrong, vain = judge(values)
    same_row = row_id if row_id is not None else key
    first = seen.setdefault(same_row, number)
    if first != number:
        twice = LineFault(name=KEYS[data_set][-1], found=key, expected=f"each row once; line {first} has it already")
        return _with(found, row_id=row_id, faults=[twice])
    if vain or wrong:
        result = LineResult.unknown if vain and not wrong else LineResult.invalid
        return _with(found, row_id=row_id, result=result, faults=[*wrong, *vain])
    differing = changes(data_set, was or dict.fromkeys((one.name for one in FIELDS[data_set]), ""), values)
    result = LineResult.new if was is None else LineResult.changed if differing else LineResult.same
    return LineFinding(number=number, result=result, key=key, id=row_id, values=values, changes=tuple(differing))


def _with(
    found: LineFinding,
    *,
    faults: list[LineFault],
    row_id: UUID | None = None,
    result: LineResult = LineResult.invalid,
) -> LineFinding:
    return LineFinding(
        number=found.number, result=result, key=found.key, id=row_id, values=found.values, faults=tuple(faults)
    )


def _missing(data_set: DataSet, values: Values, *, but: Iterable[str] = ()) -> list[LineFault]:
    """Return the fields that a new row needs and the line does not state."""
    needed = [field.name for field in FIELDS[data_set] if field.needed and field.name not in values]
    return [LineFault(name=name, found="", expected="a value for a new row") for name in needed if name not in but]


def _fixed(data_set: DataSet, was: Values, values: Values) -> list[LineFault]:
    """Return the fields that an exchange never changes, where the line differs."""
    fixed = {field.name for field in FIELDS[data_set] if field.fixed}
    return [
        LineFault(name=one.name, found=one.now, expected=f"{one.was}, as it is registered")
        for one in changes(data_set, was, values)
        if one.name in fixed
    ]


def _region(values: Values, of: Within) -> list[LineFault]:
    code = values.get("region_code", "")
    if not code or code.startswith(of.within):
        return []
    return [LineFault(name="region_code", found=code, expected=f"a region within {of.within}")]


def _uuids(texts: Iterable[str | None]) -> list[UUID]:
    return [UUID(text) for text in sorted({text for text in texts if text})]


def _entities(r: Read, stated: Sequence[Values], *, of: Within) -> Callable[[Values], _Judged]:
    known = exchange.entities_of_codes(r, of, {values["credit_code"] for values in stated if "credit_code" in values})
    ids = _uuids(values.get("cadre_id") for values in stated)
    cadres = {str(row.id): row for row in exchange.cadres_of(r, tenant_id=of.tenant_id, names=(), ids=ids)}

    def judge(values: Values) -> _Judged:
        row = known.get(values.get("credit_code", ""))
        was = None if row is None else of_entity(row)
        wrong = _missing(DataSet.entities, values, but=() if row is None else ("name", "region_code"))
        wrong += _region(values, of)
        if was is not None:
            wrong += _fixed(DataSet.entities, was, values)
        wrong += _operation(row, values)
        return (None if row is None else row.id), was, wrong, _cadre(row, values, cadres)

    return judge


def _operation(row: EntityRow | None, values: Values) -> list[LineFault]:
    was, now = (OperatingState.open if row is None else row.operating), values.get("operating")
    if now is None or now == was:
        return []
    try:
        after_change(was, kind_of_change(OperatingState(now)))
    except InvalidTransition:
        expected = f"another state: from {label(was)} there is no way there"
        return [LineFault(name="operating", found=label(OperatingState(now)), expected=expected)]
    return []


def _cadre(row: EntityRow | None, values: Values, cadres: dict[str, CadreRow]) -> list[LineFault]:
    wanted, region = values.get("cadre_id"), values.get("region_code", "" if row is None else row.region_code)
    if wanted is None or (row is not None and str(row.cadre_id) == wanted):
        return []
    cadre = cadres.get(wanted)
    if cadre is None:
        return [LineFault(name="cadre_id", found=wanted, expected="the number of a cadre in office")]
    if not (region.startswith(cadre.region_code) or cadre.region_code.startswith(region)):
        return [LineFault(name="cadre_id", found=wanted, expected=f"a cadre of {region}; {cadre.name} is of another")]
    return []


def _cadres(r: Read, stated: Sequence[Values], *, of: Within) -> Callable[[Values], _Judged]:
    names, ids = {one.get("name", "") for one in stated} - {""}, _uuids(one.get("cadre_id") for one in stated)
    found = exchange.cadres_of(r, tenant_id=of.tenant_id, names=names, ids=ids)
    by_id = {str(row.id): row for row in found}

    def judge(values: Values) -> _Judged:
        said = values.get("cadre_id")
        alike = [by_id[said]] if said in by_id else [] if said else _alike(found, values)
        if said and not alike:
            return None, None, [], [LineFault(name="cadre_id", found=said, expected="the number of a cadre in office")]
        if len(alike) > 1:
            several = f"cadre_id: {len(alike)} cadres there have this name"
            return None, None, [LineFault(name="name", found=values["name"], expected=several)], []
        if not alike:
            return None, None, [*_missing(DataSet.cadres, values), *_region(values, of)], []
        was = of_cadre(alike[0])
        wrong = _fixed(DataSet.cadres, was, values)
        if not alike[0].region_code.startswith(of.within) and changes(DataSet.cadres, was, values):
            wrong.append(LineFault(name="name", found=was["name"], expected="no change: of a level above your region"))
        return alike[0].id, was, wrong, []

    return judge


def _alike(found: Sequence[CadreRow], values: Values) -> list[CadreRow]:
    """Return the cadres that a line without a number may mean: those of the name there, by the phone if several."""
    same = [row for row in found if row.name == values.get("name") and row.region_code == values.get("region_code")]
    by_phone = [row for row in same if row.phone == values.get("phone")]
    return by_phone if len(same) > 1 and len(by_phone) == 1 else same


def _visits(r: Read, stated: Sequence[Values], *, of: Within, today: date) -> Callable[[Values], _Judged]:
    codes = {one["credit_code"] for one in stated if "credit_code" in one}
    places = exchange.entities_of_codes(r, of, codes)
    numbers = {one["record_no"] for one in stated if "record_no" in one}
    outside = exchange.outside_visits_of(r, of, numbers)
    own = exchange.own_visits_of(r, of, _uuids(text for text in numbers if _is_uuid(text)))

    def judge(values: Values) -> _Judged:
        source, number = values.get("source", ""), values.get("record_no", "")
        row = own.get(number) if source == OWN else outside.get((source, number))
        if source == OWN:
            return _signed(row, values)
        if row is None:
            wrong, was = _missing(DataSet.supervision, values), None
        else:
            was = of_visit(row)
            wrong = _fixed(DataSet.supervision, was, values)
        if (day := values.get("visited_on")) is not None and date.fromisoformat(day) > today:
            wrong.append(LineFault(name="visited_on", found=day, expected=f"a day up to {today}"))
        code = values.get("credit_code", "")
        vain = LineFault(name="credit_code", found=code, expected="a registered enterprise of your region")
        return (None if row is None else row.id), was, wrong, [] if not code or code in places else [vain]

    return judge


def _signed(row: VisitRow | None, values: Values) -> _Judged:
    """Compare a line with a visit that both sides signed here: it is never changed."""
    if row is None:
        number = values.get("record_no", "")
        return None, None, [], [LineFault(name="record_no", found=number, expected="the number of a visit here")]
    was = of_visit(row)
    wrong = [
        LineFault(name=one.name, found=one.now, expected=f"{one.was}, as it was signed here")
        for one in changes(DataSet.supervision, was, values)
    ]
    return row.id, was, wrong, []


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _absent(r: Read, data_set: DataSet, findings: Sequence[LineFinding], *, of: Within) -> tuple[int, list[str]]:
    match data_set:
        case DataSet.entities:
            return exchange.absent_entities(r, of, {one.values.get("credit_code", "") for one in findings})
        case DataSet.cadres:
            return exchange.absent_cadres(r, of, {one.id for one in findings if one.id is not None})
        case DataSet.supervision:
            return 0, []  # a file of visits is one of some days
