"""The page of supervised enterprises (包保): tiers, cadres with their load, and one enterprise with its forms."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from alerts.duties.scene_state import state_of
from alerts.duties.tiers import TIERS, most_small
from api.access.principal import Principal
from api.console.guarantees.scene import IndicatorLine, indicator_lines
from api.console.shell.choices import Choice
from api.console.shell.words import moment
from api.routes.guarantees import warnings_of
from models.base.clock import SHANGHAI
from models.catalogue.supervision_terms import (
    BusinessKind,
    CadreLevel,
    EntityChangeKind,
    EntityScale,
    GuaranteePart,
    OperatingState,
)
from models.catalogue.terms import label
from models.domain.guarantees import Assignment, Cadre, Guarantee
from models.store import Read, cadre_trainings, cadres, guarantees, registry

SHOWN, CADRES_SHOWN = 50, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityLine:
    """One enterprise of the list."""

    id: UUID
    name: str
    tier: str
    kind: str
    cadre: str
    operating: str
    running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CadreLine:
    """One cadre with the load, and hours of training and times of help in this quarter; `own`: the visitor records."""

    id: UUID
    name: str
    post: str
    level: str
    region: str
    login: str
    entities: int
    small: int
    overloaded: bool
    hours: str
    helped: int
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A cadre of the opened enterprise."""

    id: UUID
    name: str
    post: str
    part: str
    primary: bool
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The opened enterprise, with what its forms begin with."""

    id: UUID
    version: int
    name: str
    region: str
    kind: str
    scale: str
    size: str
    special: bool
    tier: str
    because: str
    risk_grade: str
    operating: str
    warnings: tuple[str, ...]
    holders: tuple[Holder, ...]
    history: tuple[str, ...]
    scene: str
    indicators: tuple[IndicatorLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteesPage:
    """The whole page; `opened` is the enterprise in the address, `after` the begin of the next page."""

    opened: Opened | None
    lines: tuple[EntityLine, ...]
    after: UUID | None
    cadres: tuple[CadreLine, ...]
    regions: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    scales: tuple[Choice, ...]
    tiers: tuple[Choice, ...]
    levels: tuple[Choice, ...]
    parts: tuple[Choice, ...]
    changes: tuple[Choice, ...]
    most_small: int
    today: str


def load_guarantees(
    r: Read, visitor: Principal, entity_id: UUID | None, *, after: UUID | None, now: datetime
) -> GuaranteesPage:
    """Load the page; with an `entity_id` its forms too."""
    found = guarantees.guarantees(r, tier=None, after=after, limit=SHOWN + 1)
    shown = found[:SHOWN]
    primaries = cadres.primary_of(r, [one.id for one in shown])
    known = cadres.cadres_of(r, {one.cadre_id for one in primaries.values()})
    in_office = cadres.cadres(r, after=None, limit=CADRES_SHOWN)
    today = now.astimezone(SHANGHAI).date()
    own = {code: name for code, name in registry.regions(r).items() if code.startswith(visitor.region or "")}
    return GuaranteesPage(
        opened=None if entity_id is None else _opened(r, entity_id, now=now),
        lines=tuple(_line(one, primaries.get(one.id), known) for one in shown),
        after=shown[-1].id if len(found) > SHOWN else None,
        cadres=_cadre_lines(r, in_office, within=visitor.region or "", today=today),
        today=str(today),
        regions=tuple(Choice(value=code, text=f"{name}（{code}）") for code, name in own.items()),
        kinds=_choices(BusinessKind),
        scales=_choices(EntityScale),
        tiers=tuple(Choice(value=tier, text=f"{tier} 级") for tier in TIERS),
        levels=_choices(CadreLevel),
        parts=_choices(GuaranteePart),
        changes=_choices(EntityChangeKind),
        most_small=most_small(),
    )


def _choices(members: Iterable[StrEnum]) -> tuple[Choice, ...]:
    return tuple(Choice(value=member, text=label(member)) for member in members)


def _line(one: Guarantee, primary: Assignment | None, known: dict[UUID, Cadre]) -> EntityLine:
    cadre = None if primary is None else known.get(primary.cadre_id)
    return EntityLine(
        id=one.id,
        name=one.name,
        tier=one.guarantee_tier or "",
        kind="" if one.business_kind is None else label(one.business_kind),
        cadre="" if cadre is None else cadre.name,
        operating=label(one.operating),
        running=one.operating is OperatingState.open,
    )


def _cadre_lines(r: Read, in_office: list[Cadre], *, within: str, today: date) -> tuple[CadreLine, ...]:
    loads = cadres.loads(r, {one.id for one in in_office})
    quarter = today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1)
    taken = cadre_trainings.taken(r, {one.id for one in in_office}, first=quarter, last=today)
    names = registry.regions(r)
    lines = []
    for one in in_office:
        load = loads.get(one.id)
        small = 0 if load is None else load.small
        hours, helped = taken.get(one.id, (0, 0))
        line = CadreLine(
            id=one.id,
            name=one.name,
            post=one.post,
            level=label(one.level),
            region=names.get(one.region_code, one.region_code),
            login=one.login or "",
            entities=0 if load is None else load.entities,
            small=small,
            overloaded=small > most_small(),
            hours=f"{float(hours):g}",
            helped=helped,
            own=one.region_code.startswith(within),
        )
        lines.append(line)
    return tuple(lines)


def _opened(r: Read, entity_id: UUID, *, now: datetime) -> Opened | None:
    one = guarantees.guarantee(r, entity_id)
    if one is None:
        return None
    scene = state_of(r, entity_id, at=now)
    present = cadres.assignments(r, entity_id=entity_id)
    known = cadres.cadres_of(r, {held.cadre_id for held in present})
    by = "人工指定或导入" if one.tier_by_hand else f"规则 {one.tier_rule}"
    return Opened(
        id=one.id,
        version=one.profile_version,
        name=one.name,
        region=registry.regions(r).get(one.region_code, one.region_code),
        kind=one.business_kind or "",
        scale=one.scale or "",
        size="" if one.size is None else str(one.size),
        special=one.special,
        tier=one.guarantee_tier or "",
        because="填写业态后按规则评定" if one.guarantee_tier is None else by,
        risk_grade=one.risk_grade or "",
        operating=label(one.operating),
        warnings=tuple(warnings_of(one, present, known)),
        holders=tuple(
            Holder(
                id=held.id,
                name=known[held.cadre_id].name,
                post=known[held.cadre_id].post,
                part=label(held.part),
                primary=held.part is GuaranteePart.primary,
                since=moment(held.valid_from),
            )
            for held in present
            if held.cadre_id in known
        ),
        scene=scene.pack.name,
        indicators=indicator_lines(scene),
        history=_history(r, entity_id),
    )


def _history(r: Read, entity_id: UUID) -> tuple[str, ...]:
    lines = [
        (
            change.at,
            f"{change.by} 包保等级 {change.from_tier or '未评定'} → {change.to_tier or '未评定'}：{change.reason}",
        )
        for change in guarantees.tier_changes(r, entity_id=entity_id)
    ]
    lines += [
        (change.at, f"{change.by} {label(change.kind)}（{change.effective_on} 起）：{change.reason} {change.detail}")
        for change in guarantees.entity_changes(r, entity_id=entity_id)
    ]
    return tuple(f"{moment(at)} {text}".strip() for at, text in sorted(lines, reverse=True))
