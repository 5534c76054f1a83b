"""The pages of codes: the list of codes by group, and one code with its values, overrides and history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.deadlines.clocks import deadline_text, office_hours
from api.access.principal import Principal
from api.codes import effective, spot_for, text_of, within_of
from api.console.shell.words import short
from models.catalogue.codes import (
    SENSOR_CODES,
    SENSORS_VERSION,
    VIOLATION_CODES,
    VIOLATIONS_VERSION,
    Code,
    Entry,
    SensorCode,
    code_basis_text,
    version_of,
)
from models.catalogue.overrides import LIMIT, Changes, Override, names_of
from models.catalogue.precision_terms import OverrideLevel
from models.catalogue.resolving import Effective, Origin, as_shipped, value_of
from models.catalogue.terms import DeviceKind, Role, Severity, label
from models.catalogue.words import is_law, judged_text, severity_text, unit_text, value_label, value_text
from models.domain.devices import DeviceView
from models.store import Read, catalogue, devices, registry
from models.store.catalogue import LogLine

COUNTED = 2_000
"""The page counts at most this many overrides; it shows more as this number and a plus."""
SHOWN = 20
"""Overrides and history entries on one page; further pages show the rest."""
OFFERED = 200
"""Most devices and enterprises that the form suggests; the user can type any other."""
MAY_OVERRIDE = frozenset({Role.regulator, Role.admin})


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLine:
    """One code in the list; `rooms` states how the severity differs by room, or is empty."""

    code: str
    label: str
    basis: str
    severity: str
    severity_label: str
    rooms: str
    deadline: str
    law: bool
    overrides: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Codes of one kind."""

    name: str
    codes: tuple[CodeLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesPage:
    """The page with the list of codes; `office` states the hours that count as working time."""

    groups: tuple[Group, ...]
    office: str
    violations_version: str
    sensors_version: str
    counted: int
    capped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueLine:
    """One value that applies; `shipped` is the catalogue's value, empty if that one applies."""

    name: str
    label: str
    text: str
    shipped: str
    source: str
    law: bool
    overridden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideCard:
    """One override that has not ended."""

    id: str
    place: str
    changes: str
    reason: str
    actor: str
    span: str
    state: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One entry of the history."""

    at: str
    what: str
    place: str
    actor: str
    reason: str
    changes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a list."""

    value: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The choices in the form for a new override; fields left empty change nothing."""

    levels: tuple[Option, ...]
    severities: tuple[Option, ...]
    limits: tuple[Option, ...]
    unit: str
    sensor: bool
    entities: tuple[Option, ...]
    regions: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePage:
    """The page of one code."""

    code: str
    label: str
    basis: str
    version: str
    judged: str
    device: str
    device_known: bool
    values: tuple[ValueLine, ...]
    overrides: tuple[OverrideCard, ...]
    more_overrides: str | None
    history: tuple[HistoryLine, ...]
    more_history: str | None
    devices: tuple[Option, ...]
    form: Form | None


def load_codes(r: Read, *, now: datetime) -> CodesPage:
    """Load every code by group."""
    counts = catalogue.counts(r, at=now, bound=COUNTED)
    kitchen = [code for code in VIOLATION_CODES.values() if not code.code.startswith(("camera_", "sensor_"))]
    machines = [code for code in VIOLATION_CODES.values() if code.code.startswith(("camera_", "sensor_"))]
    groups: tuple[tuple[str, Iterable[Entry]], ...] = (
        ("后厨违规", kitchen),
        ("传感器读数", SENSOR_CODES.values()),
        ("设备状态", machines),
    )
    return CodesPage(
        groups=tuple(Group(name=name, codes=tuple(_line(one, counts) for one in codes)) for name, codes in groups),
        office="、".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in office_hours()),
        violations_version=VIOLATIONS_VERSION,
        sensors_version=SENSORS_VERSION,
        counted=sum(counts.values()),
        capped=sum(counts.values()) >= COUNTED,
    )


def _line(entry: Entry, counts: dict[str, int]) -> CodeLine:
    shipped = as_shipped(entry)
    severity: Severity = value_of(shipped, "severity")
    return CodeLine(
        code=entry.code,
        label=entry.label,
        basis=code_basis_text(entry.code),
        severity=severity,
        severity_label=label(severity),
        rooms=severity_text(entry) if isinstance(entry, Code) and entry.severe_zones else "",
        deadline=deadline_text(entry),
        law=any(is_law(entry, name) for name in names_of(entry)),
        overrides=counts.get(entry.code, 0),
    )


def load_code(
    r: Read,
    principal: Principal,
    entry: Entry,
    *,
    device: str,
    before: Any,  # noqa: ANN401 - an id or None
    history_before: Any,  # noqa: ANN401 - an id or None
    now: datetime,
) -> CodePage:
    """Load one code with the values of a device, or of the visitor if the device is not named or unknown."""
    known = devices.device(r, device) if device else None
    spot = spot_for(r, principal, None if known is None else known.id)
    found = effective(r, entry, spot, at=now)
    living = catalogue.page(
        r, code=entry.code, before=before, limit=SHOWN + 1, at=now, living_only=True, spot=spot if known else None
    )
    lines = catalogue.history(r, code=entry.code, before=history_before, limit=SHOWN + 1)
    names = _Names.of(r, principal, [*living, *lines])
    within = within_of(principal)
    may = principal.role in MAY_OVERRIDE
    return CodePage(
        code=entry.code,
        label=entry.label,
        basis=code_basis_text(entry.code) or "—",
        version=version_of(entry),
        judged=judged_text(entry),
        device=device,
        device_known=known is not None,
        values=tuple(_value(found, name, names) for name in names_of(entry)),
        overrides=tuple(_card(entry, one, names, mine=may and _is_own(one, within), now=now) for one in living[:SHOWN]),
        more_overrides=str(living[SHOWN - 1].id) if len(living) > SHOWN else None,
        history=tuple(_history(entry, one, names) for one in lines[:SHOWN]),
        more_history=str(lines[SHOWN - 1].id) if len(lines) > SHOWN else None,
        devices=_devices(r, entry),
        form=_form(r, entry, within=within) if may else None,
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of the enterprises and regions in overrides."""

    entities: dict[Any, str]
    regions: dict[str, str]

    @classmethod
    def of(cls, r: Read, principal: Principal, found: Iterable[Override | LogLine]) -> "_Names":
        wanted = {one.entity_id for one in found if one.entity_id is not None}
        if principal.entity is not None:
            wanted.add(principal.entity)
        entities = {key: entity.name for key, entity in registry.entities_of(r, wanted).items()}
        return cls(entities=entities, regions=registry.regions(r))

    def place(self, one: Override | LogLine) -> str:
        """Return a place in words: `设备 fridge-1（鉴湖酒家）`."""
        level = label(one.level)
        if one.level is OverrideLevel.tenant:
            return level
        if one.level is OverrideLevel.region:
            code = one.region_code or ""
            return f"{level} {self.regions.get(code, code)}"
        entity = self.entities.get(one.entity_id, str(one.entity_id))
        return f"{level} {one.device_id}（{entity}）" if one.level is OverrideLevel.device else f"{level} {entity}"


def _value(found: Effective[Any], name: str, names: _Names) -> ValueLine:
    entry: Entry = found.base
    text, shipped = text_of(found, name), text_of(as_shipped(entry), name)
    overridden = found.is_overridden(name)
    return ValueLine(
        name=name,
        label=value_label(entry, name),
        text=text,
        shipped=shipped if overridden else "",
        source=_source(found.origins[name], names),
        law=is_law(entry, name),
        overridden=overridden,
    )


def _source(origin: Origin, names: _Names) -> str:
    if origin.override is None:
        return f"内置目录 {origin.version}"
    older = f"；同一位置另有 {origin.older} 项较早的调整，以最新为准" if origin.older else ""
    return f"{names.place(origin.override)}，{origin.override.actor}：{origin.override.reason}{older}"


def _is_own(override: Override, within: str | None) -> bool:
    if within is None:
        return True
    return override.level is not OverrideLevel.tenant and (override.region_code or "").startswith(within)


def _card(entry: Entry, override: Override, names: _Names, *, mine: bool, now: datetime) -> OverrideCard:
    until = "长期" if override.valid_until is None else f"至 {short(override.valid_until)}"
    return OverrideCard(
        id=str(override.id),
        place=names.place(override),
        changes=_changes(entry, override.changes),
        reason=override.reason,
        actor=override.actor,
        span=f"{short(override.valid_from)} 起，{until}",
        state="生效中" if override.in_force(now) else "未开始",
        mine=mine,
    )


def _changes(entry: Entry, raw: dict[str, Any]) -> str:
    known = names_of(entry)
    values = Changes.of_json(raw).values().items()
    return "；".join(
        f"{value_label(entry, name)} {value_text(entry, name, value)}" for name, value in values if name in known
    )


def _history(entry: Entry, line: LogLine, names: _Names) -> HistoryLine:
    changed = (
        f"{_label(entry, name)}：{_plain(line.before.get(name))} → {_plain(line.after[name])}" for name in line.after
    )
    return HistoryLine(
        at=short(line.at),
        what={"begin": "开始", "end": "结束"}.get(line.action, line.action),
        place=names.place(line),
        actor=line.actor,
        reason=line.reason,
        changes="；".join(changed),
    )


def _label(entry: Entry, name: str) -> str:
    return value_label(entry, name) if name in names_of(entry) else name


def _plain(value: Any) -> str:  # noqa: ANN401 - JSON of a value
    """Return a value of the history in Chinese words."""
    if isinstance(value, bool):
        return "监看" if value else "停用"
    if value is None:
        return "全天"
    if isinstance(value, list):
        return " 至 ".join(map(_plain, value))
    if isinstance(value, str):
        return label(Severity(value)) if value in set(Severity) else value
    return f"{value:g}".replace("-", "−")


def _devices(r: Read, entry: Entry) -> tuple[Option, ...]:
    found = devices.devices_finding(r, kind=_kind(entry), sensor_code=_sensor_code(entry), limit=OFFERED)
    return tuple(Option(value=one.id, text=_device_name(one)) for one in found)


def _device_name(device: DeviceView) -> str:
    return f"{device.name} · {label(device.zone)}"


def _kind(entry: Entry) -> DeviceKind:
    sensor = isinstance(entry, SensorCode) or entry.code.startswith("sensor_")
    return DeviceKind.sensor if sensor else DeviceKind.camera


def _sensor_code(entry: Entry) -> str | None:
    return entry.code if isinstance(entry, SensorCode) else None


def _form(r: Read, entry: Entry, *, within: str | None) -> Form:
    levels = [one for one in OverrideLevel if within is None or one is not OverrideLevel.tenant]
    regions = [(code, name) for code, name in sorted(registry.regions(r).items()) if code.startswith(within or "")]
    limits = entry.thresholds if isinstance(entry, SensorCode) else ()
    return Form(
        levels=tuple(Option(value=one, text=label(one)) for one in levels),
        severities=tuple(Option(value=one, text=label(one)) for one in Severity),
        limits=tuple(Option(value=one.name, text=value_label(entry, LIMIT + one.name)) for one in limits),
        unit=unit_text(entry.unit) if isinstance(entry, SensorCode) else "",
        sensor=isinstance(entry, SensorCode),
        entities=tuple(
            Option(value=str(one.id), text=one.name) for one in registry.entities(r, after=None, limit=OFFERED)
        ),
        regions=tuple(Option(value=code, text=name) for code, name in regions[:OFFERED]),
    )
