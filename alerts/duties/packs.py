"""Forms of duty records: versioned packs of rows, read from `packs/*.toml`. Pure."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from models.base.errors import Invalid
from models.catalogue.codes import SENSOR_CODES, VIOLATION_CODES

MEALS = ("", "sampled", "traced")
"""What recorded meals may say about a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRow:
    """One row of a form, and what the platform knows about it.

    `meals` is what the recorded meals of the day say about it: `sampled` (留样), `traced` (票证) or nothing.
    """

    code: str
    text: str
    key: bool
    codes: frozenset[str]
    sensors: frozenset[str]
    ledger: bool
    meals: str = ""

    @property
    def knows(self) -> frozenset[str]:
        """The codes of alerts that speak for this row."""
        return self.codes | self.sensors


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A form."""

    id: str
    title: str
    scene: str
    rows: tuple[PackRow, ...]


@cache
def packs() -> dict[str, Pack]:
    """Return all forms by id."""
    folder = files("alerts.duties").joinpath("packs")
    found = [_pack(tomllib.loads(file.read_text("utf-8"))) for file in folder.iterdir() if file.name.endswith(".toml")]
    return {pack.id: pack for pack in sorted(found, key=lambda pack: pack.id)}


def pack(pack_id: str) -> Pack:
    """Return a form.

    Raises:
        Invalid: there is none with this id.
    """
    found = packs().get(pack_id)
    if found is None:
        raise Invalid(f"pack {pack_id!r}: expected one of {', '.join(packs())}")
    return found


def _pack(data: dict[str, Any]) -> Pack:
    rows = tuple(_row(row) for row in data["row"])
    if len({row.code for row in rows}) != len(rows):
        raise Invalid(f"pack {data['id']}: two rows have one code")
    return Pack(id=data["id"], title=data["title"], scene=data["scene"], rows=rows)


def _row(data: dict[str, Any]) -> PackRow:
    codes, sensors = frozenset(data.get("codes", ())), frozenset(data.get("sensors", ()))
    if unknown := (codes - set(VIOLATION_CODES)) | (sensors - set(SENSOR_CODES)):
        raise Invalid(f"row {data['code']}: {min(unknown)} is not in the catalogue")
    meals = str(data.get("meals", ""))
    if meals not in MEALS:
        raise Invalid(f"row {data['code']}: meals {meals!r}, expected one of {', '.join(filter(None, MEALS))}")
    return PackRow(
        code=data["code"],
        text=data["text"],
        key=bool(data.get("key", False)),
        codes=codes,
        sensors=sensors,
        ledger=bool(data.get("ledger", False)),
        meals=meals,
    )
