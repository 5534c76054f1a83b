"""Which scene pack an enterprise has, and how far it meets it: the pack's indicators with their counts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from alerts.duties.scene_packs import ScenePack, scene_of
from models.base.clock import SHANGHAI
from models.catalogue.codes import VIOLATION_CODES
from models.catalogue.duty_terms import Indicator
from models.catalogue.overrides import Spot
from models.catalogue.resolving import resolve
from models.catalogue.terms import DeviceKind
from models.domain.place import Place
from models.store import catalogue, devices, guarantees, meals, openings, registry
from models.store.connect import Read

DAYS = 7
_MOST_SITES = 200
_MINUTES = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One indicator: `k` of `n`; `n` None where only the number counts. `lacking` names what is missing.

    `elsewhere`: wanted rules that are none of the platform's, found by people and analysing cameras alone; not counted.
    """

    indicator: Indicator
    k: int
    n: int | None
    lacking: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneState:
    """The scene of an enterprise with its indicators over the last seven whole days."""

    pack: ScenePack
    values: tuple[Value, ...]


def scene_of_entity(r: Read, entity_id: UUID) -> ScenePack:
    """Return the scene pack of an enterprise by its line of business; the generic one while that is unknown."""
    found = guarantees.guarantee(r, entity_id)
    return scene_of(None if found is None else found.business_kind)


def state_of(r: Read, entity_id: UUID, *, at: datetime) -> SceneState:
    """Return the scene of an enterprise with what its pack counts; days on which it is closed are not due."""
    pack = scene_of_entity(r, entity_id)
    last = at.astimezone(SHANGHAI).date() - timedelta(days=1)
    first = last - timedelta(days=DAYS - 1)
    sites = registry.sites_of_entity(r, entity_id, limit=_MOST_SITES)
    hung = devices.devices_at(r, [site.id for site in sites])
    tally = meals.tally(r, entity_id=entity_id, first=first, last=last)
    tenant = sites[0].tenant_id if sites else ""
    closed = openings.closed_days(r, tenant_id=tenant, entity_id=entity_id, since=first, until=last) if sites else []
    open_days = (DAYS - len(closed)) * len(sites)
    zones = {device.zone for device in hung if device.kind is DeviceKind.camera}
    sensors = {device.sensor_code for device in hung if device.sensor_code is not None}
    off = _switched_off(r, pack, [device.place for device in hung if device.kind is DeviceKind.camera], at=at)
    found = {
        Indicator.zones_covered: _of(Indicator.zones_covered, pack.zones, zones),
        Indicator.sensors_present: _of(Indicator.sensors_present, pack.sensors, sensors),
        Indicator.rules_on: _rules_on(pack, off),
        Indicator.watched: Value(indicator=Indicator.watched, k=tally.minutes, n=tally.camera_days * _MINUTES),
        Indicator.days_signed: Value(indicator=Indicator.days_signed, k=tally.days, n=open_days),
        Indicator.meals_kept: Value(indicator=Indicator.meals_kept, k=tally.meals, n=open_days * len(pack.meals)),
        Indicator.meals_accompanied: Value(indicator=Indicator.meals_accompanied, k=tally.accompanied, n=tally.meals),
        Indicator.meals_sampled: Value(indicator=Indicator.meals_sampled, k=tally.sampled, n=tally.meals),
        Indicator.supplies_traced: Value(indicator=Indicator.supplies_traced, k=tally.traced, n=tally.supplies),
        Indicator.hazards_open: Value(indicator=Indicator.hazards_open, k=tally.hazards, n=None),
    }
    return SceneState(pack=pack, values=tuple(found[indicator] for indicator in pack.indicators))


def _of(indicator: Indicator, wanted: Sequence[str], there: Collection[str]) -> Value:
    lacking = tuple(one for one in wanted if one not in there)
    return Value(indicator=indicator, k=len(wanted) - len(lacking), n=len(wanted), lacking=lacking)


def _rules_on(pack: ScenePack, off: Collection[str]) -> Value:
    """Count the wanted rules that the platform has, and that are on at every camera."""
    elsewhere = tuple(code for code in pack.rules if VIOLATION_CODES[code].judged == "elsewhere")
    ours = tuple(code for code in pack.rules if code not in elsewhere)
    return replace(_of(Indicator.rules_on, ours, set(ours) - set(off)), elsewhere=elsewhere)


def _switched_off(r: Read, pack: ScenePack, places: list[Place], *, at: datetime) -> set[str]:
    spots = [Spot.of(place) for place in places]
    overrides = catalogue.overrides_at(r, spots, at=at, codes=set(pack.rules))
    return {  # off at one camera is off
        code
        for spot in spots
        for code in pack.rules
        if not resolve(VIOLATION_CODES[code], spot=spot, overrides=overrides, at=at).is_looked_for
    }
