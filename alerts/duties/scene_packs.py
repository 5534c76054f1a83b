"""Scene packs (场景包): what a kind of enterprise needs, read from `scenes/*.toml`. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from alerts.duties.packs import packs
from models.base.errors import Invalid
from models.catalogue.codes import SENSOR_CODES, VIOLATION_CODES
from models.catalogue.duty_terms import Indicator, Meal
from models.catalogue.supervision_terms import BusinessKind
from models.catalogue.terms import Post, Zone

GENERIC = "generic"
"""The scene of an enterprise whose line of business is unknown or in no other scene."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenePack:
    """What a scene needs.

    Attributes:
        version: rises with every change of the data.
        kinds: the lines of business that belong to it.
        day: the form of its day record.
        week, month: points that its week's report and its month's meeting look at.
        zones: the zones that want a camera.
        rules: codes of violations that must not be switched off.
        sensors: kinds of sensors that it needs.
        meals: the meals that are recorded each day; empty: none.
        accompanied: somebody of the management eats with the guests at each of these meals (陪餐).
        connects: its enterprises are expected to connect their kitchens (接入率); a design default.
        indicators: the numbers that its page shows.
        words: its own words for the three posts and its guests (`guests`).
    """

    id: str
    version: int
    name: str
    kinds: frozenset[BusinessKind]
    day: str
    week: tuple[str, ...]
    month: tuple[str, ...]
    zones: tuple[Zone, ...]
    rules: tuple[str, ...]
    sensors: tuple[str, ...]
    meals: tuple[Meal, ...]
    accompanied: bool
    connects: bool
    indicators: tuple[Indicator, ...]
    words: Mapping[str, str]


@cache
def scene_packs() -> dict[str, ScenePack]:
    """Return all scene packs by id.

    Raises:
        Invalid: two packs claim one line of business, or there is no generic one.
    """
    folder = files("alerts.duties").joinpath("scenes")
    found = [read(tomllib.loads(file.read_text("utf-8"))) for file in folder.iterdir() if file.name.endswith(".toml")]
    known: set[BusinessKind] = set()
    for pack in found:
        if twice := known & pack.kinds:
            raise Invalid(f"scene {pack.id}: {min(twice)} is in another scene already")
        known |= pack.kinds
    packed = {pack.id: pack for pack in sorted(found, key=lambda pack: pack.id)}
    if GENERIC not in packed:
        raise Invalid(f"scenes: expected one of the id {GENERIC!r}")
    return packed


def scene_of(kind: BusinessKind | None) -> ScenePack:
    """Return the pack of a line of business; the generic one for None and for what no other pack has."""
    found = scene_packs()
    return next((pack for pack in found.values() if kind in pack.kinds), found[GENERIC])


def connecting_kinds() -> list[BusinessKind]:
    """Return the lines of business that are expected to connect their kitchens, in order."""
    return sorted(kind for pack in scene_packs().values() if pack.connects for kind in pack.kinds)


def read(data: dict[str, Any]) -> ScenePack:
    """Return a pack out of its file.

    Raises:
        Invalid: a field is missing, or names something that does not exist; the message says where.
    """
    name = str(data.get("id", "?"))
    try:
        pack = ScenePack(
            id=name,
            version=int(data["version"]),
            name=data["name"],
            kinds=frozenset(_all(BusinessKind, data["kinds"])),
            day=data["day"],
            week=tuple(data["week"]),
            month=tuple(data["month"]),
            zones=_all(Zone, data["zones"]),
            rules=tuple(data["rules"]),
            sensors=tuple(data["sensors"]),
            meals=_all(Meal, data.get("meals", ())),
            accompanied=bool(data.get("accompanied", False)),
            connects=bool(data["connects"]),
            indicators=_all(Indicator, data["indicators"]),
            words=dict(data["words"]),
        )
    except KeyError as error:
        raise Invalid(f"scene {name}: expected the field {error.args[0]!r}") from error
    except ValueError as error:
        raise Invalid(f"scene {name}: {error}") from error
    _check(pack)
    return pack


def _all(of: type[Any], values: Any) -> tuple[Any, ...]:  # noqa: ANN401 - what a TOML file holds
    return tuple(of(value) for value in values)


def _check(pack: ScenePack) -> None:
    wrong = {
        "day": {pack.day} - set(packs()),
        "rules": set(pack.rules) - set(VIOLATION_CODES),
        "sensors": set(pack.sensors) - set(SENSOR_CODES),
        "words": set(pack.words) ^ {*Post, "guests"},
        "accompanied": {"meals"} if pack.accompanied and not pack.meals else set(),
        "week": set() if pack.week else {"no points"},
        "month": set() if pack.month else {"no points"},
    }
    for field, found in wrong.items():
        if found:
            raise Invalid(f"scene {pack.id}: {field}: {min(found)} is unknown or missing")
