"""Regions that an owner drew on a camera's picture; the device's configuration stores them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MOST = 16
MOST_POINTS = 32


class RegionKind(StrEnum):
    """The purpose of a drawn region."""

    ignore = "ignore"
    stove = "stove"


@dataclass(frozen=True, slots=True)
class Region:
    """A polygon in normalised picture coordinates, 0–1.

    `ignore`: nothing in it is analysed (a street behind a window). `stove`: flames and steam belong there.
    """

    kind: RegionKind
    points: tuple[tuple[float, float], ...]

    def holds(self, x: float, y: float) -> bool:
        """Return whether a point lies inside (even-odd rule)."""
        inside = False
        for (x0, y0), (x1, y1) in zip(self.points, (*self.points[1:], self.points[0]), strict=True):
            if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
                inside = not inside
        return inside


def regions_of(config: Mapping[str, Any]) -> tuple[Region, ...]:
    """Return the regions in a device's configuration; invalid entries are left out."""
    found = config.get("regions")
    return tuple(_read(found)) if isinstance(found, list) else ()


def _read(entries: Sequence[Any]) -> Iterable[Region]:
    for entry in entries[:MOST]:
        try:
            points = tuple((float(x), float(y)) for x, y in entry["points"][:MOST_POINTS])
            region = Region(RegionKind(entry["kind"]), points)
        except (TypeError, KeyError, ValueError):
            continue
        if len(points) > 2:  # noqa: PLR2004 - fewer make no area
            yield region


def as_config(regions: Iterable[Region]) -> list[dict[str, Any]]:
    """Return regions in the form of the configuration."""
    return [{"kind": region.kind.value, "points": [list(point) for point in region.points]} for region in regions]
