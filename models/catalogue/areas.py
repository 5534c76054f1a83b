"""Areas of a camera's picture in which a code raises no alert (屏蔽区域), as shares from the top left. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

Area = tuple[float, float, float, float]
"""Left, top, width and height, 0–1."""
Span = tuple[float, float, float, float]
"""The least rectangle around the centres of some boxes: left, top, right and bottom, 0–1."""
_NUMBERS = 4
_ROUNDING = 1e-9
"""What a sum of two shares may exceed 1 by."""


def span_of(boxes: Iterable[Mapping[str, Any]]) -> Span | None:
    """Return the span of boxes `{"x", "y", "w", "h"}`; None without a box, or if one has no place.

    One box of 0.2 × 0.2 at (0.1, 0.3) has its centre at (0.2, 0.4), so the span is (0.2, 0.4, 0.2, 0.4).
    """
    centres = []
    for box in boxes:
        x, y, w, h = (box.get(name) for name in "xywh")
        if x is None or y is None or w is None or h is None:
            return None
        centres.append((x + w / 2, y + h / 2))
    if not centres:
        return None
    across, down = zip(*centres, strict=True)
    return min(across), min(down), max(across), max(down)


def holds(area: Area, span: Span) -> bool:
    """Return whether all centres lie in an area. Its left and top edge belong to it, and the picture's own edges."""
    x, y, w, h = area
    return x <= span[0] and y <= span[1] and _ends(span[2], x + w) and _ends(span[3], y + h)


def _ends(place: float, edge: float) -> bool:
    return place < edge or edge >= 1 - _ROUNDING


def is_area(area: Area) -> bool:
    """Return whether four numbers are an area inside the picture."""
    x, y, w, h = area
    return len(area) == _NUMBERS and x >= 0 and y >= 0 and w > 0 and h > 0 and max(x + w, y + h) <= 1 + _ROUNDING


def area_text(area: Area) -> str:
    """Return an area in Chinese: `左起 25%–50%、上起 0%–25%`."""
    x, y, w, h = area
    left, right, top, bottom = (f"{round(share * 100, 1):g}%" for share in (x, x + w, y, y + h))
    return f"左起 {left}–{right}、上起 {top}–{bottom}"
