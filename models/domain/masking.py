"""How much of a camera's picture an owner may mask, and which moves to another zone lose rules. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from models.base.errors import Invalid
from models.catalogue.codes import requires_mask
from models.catalogue.terms import Zone
from models.domain.drawn import Region, RegionKind, regions_of

FREE = 0.25
"""An owner may mask up to this share of the picture without approval: a window, a door, a screen (design default)."""
MOST = 0.8
"""Nobody may mask more than this: a camera that sees almost nothing supervises nothing (design default)."""
WISH, MOVED, APPROVED = "mask_wish", "moved_from", "mask_approved"
"""Keys of a device's configuration: a mask that waits for approval, the former zone, the approved masked share."""
_ROWS = 90
_BY_HAND = 0.005
"""Tolerance for shares: a region drawn again by hand is never exactly the same."""


def masked_share(regions: Iterable[Region]) -> float:
    """Return the share of the picture, 0–1, that regions cover together, measured along 90 lines."""
    drawn = list(regions)
    if not drawn:
        return 0.0
    return sum(_covered(drawn, (row + 0.5) / _ROWS) for row in range(_ROWS)) / _ROWS


def _covered(regions: list[Region], y: float) -> float:
    spans = sorted(span for region in regions for span in _spans(region, y))
    covered, reached = 0.0, 0.0
    for begin, end in spans:
        begin, end = max(begin, reached), min(max(end, reached), 1.0)  # noqa: PLW2901 - only the part that is not covered yet
        covered += max(0.0, end - begin)
        reached = max(reached, end)
    return covered


def _spans(region: Region, y: float) -> Iterable[tuple[float, float]]:
    """Return the parts of the line at `y` inside a polygon (even-odd rule)."""
    crossings: list[float] = []
    for (x0, y0), (x1, y1) in zip(region.points, (*region.points[1:], region.points[0]), strict=True):
        if (y0 > y) != (y1 > y):
            crossings.append(x0 + (x1 - x0) * (y - y0) / (y1 - y0))
    crossings.sort()
    return zip(crossings[::2], crossings[1::2], strict=False)


def share_of(config: Mapping[str, Any]) -> float:
    """Return the share of its picture, 0–1, that a camera's configuration masks: the larger of its kinds of regions."""
    regions = regions_of(config)
    return max(masked_share(region for region in regions if region.kind is kind) for kind in RegionKind)


def needs_second(config: Mapping[str, Any], wished: Mapping[str, Any]) -> bool:
    """Return whether regions need a second person's approval: they mask over `FREE`, and more than now.

    Raises:
        Invalid: the regions mask more than `MOST`.
    """
    share = share_of(wished)
    if share > MOST:
        raise Invalid(
            f"这些区域遮住画面的 {share:.0%}，最多 {MOST:.0%} these regions mask {share:.0%} of the picture, "
            f"at most {MOST:.0%}; turn the camera instead"
        )
    return share > FREE and share > share_of(config) + _BY_HAND


def loses_rules(before: Zone, after: Zone) -> bool:
    """Return whether fewer rules apply in the new zone: some zones require masks, others do not."""
    return requires_mask(before) and not requires_mask(after)


def waits_for_supervisor(config: Mapping[str, Any]) -> str | None:
    """Return the code of a camera's condition that waits for a supervisor's decision; None if none waits."""
    approved = config.get(APPROVED)
    share = share_of(config)
    unapproved = share > FREE and not (isinstance(approved, (int, float)) and approved >= share - _BY_HAND)
    if isinstance(config.get(WISH), dict) or unapproved:
        return "camera_masked"
    return "camera_rezoned" if isinstance(config.get(MOVED), dict) else None
