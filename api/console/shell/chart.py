"""The geometry of a small chart: a series with its limits, in the coordinates of an SVG view box."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.console.shell.words import clock, clock_s, number

WIDTH, HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 16, 28
_MOST_POINTS = 360
_AIR = 0.12
_SHORT_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A position on an axis and its text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of the x axis."""

    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Everything the template needs to draw a series; y grows downwards as in SVG.

    Attributes:
        line: the points of the polyline, `x,y x,y …`.
        limits: the limits as horizontal lines.
        breaches: where the value was beyond the limit that it crossed when the breach began.
    """

    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float
    line: str
    limits: tuple[Mark, ...]
    hours: tuple[Mark, ...]
    steps: tuple[Mark, ...]
    last_x: float
    last_y: float
    breaches: tuple[Span, ...]


def draw(
    points: Sequence[tuple[datetime, float]], *, limits: Sequence[float], began: datetime | None = None
) -> Chart | None:
    """Lay out a series, oldest point first; return None for fewer than two points."""
    breaches = [] if began is None else _breaches(points, limits, began)
    points = _thin(points)
    if len(points) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    start, end = points[0][0], points[-1][0]
    length = (end - start).total_seconds() or 1.0
    low, high = _range([value for _, value in points], limits)

    def x(at: datetime) -> float:
        return round(_LEFT + (at - start).total_seconds() / length * (WIDTH - _LEFT - _RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - _BOTTOM - (value - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM), 1)

    middle = start + (end - start) / 2
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        right=WIDTH - _RIGHT,
        top=_TOP,
        bottom=HEIGHT - _BOTTOM,
        line=" ".join(f"{x(at)},{y(value)}" for at, value in points),
        limits=tuple(Mark(at=y(limit), text=number(limit)) for limit in sorted(set(limits))),
        hours=tuple(Mark(at=x(at), text=_time(at, length)) for at in (start, middle, end)),
        steps=tuple(Mark(at=y(value), text=number(round(value, 1))) for value in (low, (low + high) / 2, high)),
        last_x=x(end),
        last_y=y(points[-1][1]),
        breaches=tuple(Span(start=x(first), end=x(last)) for first, last in breaches),
    )


def _breaches(
    points: Sequence[tuple[datetime, float]], limits: Sequence[float], began: datetime
) -> list[tuple[datetime, datetime]]:
    """Return the spans beyond the crossed limit from `began` on, each up to the first value within it again.

    They are empty if `began` is out of view. If no limit was crossed in view, one span reaches to the last point.
    """
    after = [point for point in points if point[0] >= began]
    if not after or began < points[0][0]:
        return []
    beyond = _beyond([value for at, value in points if at < began], after[0][1], limits)
    spans: list[tuple[datetime, datetime]] = []
    start: datetime | None = None
    for at, value in after:
        if beyond(value):
            start = start or at
        elif start is not None:
            spans.append((start, at))
            start = None
    return spans if start is None else [*spans, (start, points[-1][0])]


def _beyond(before: Sequence[float], first: float, limits: Sequence[float]) -> Callable[[float], bool]:
    """Return the test for values beyond the limit that lies between the last value before a breach and its first."""
    last = before[-1] if before else None
    above = [limit for limit in limits if limit < first and (last is None or last <= limit)]
    below = [limit for limit in limits if limit > first and (last is None or last >= limit)]
    if above and not below:
        lowest = min(above) if before else max(above)
        return lambda value: value > lowest
    if below and not above:
        highest = max(below) if before else min(below)
        return lambda value: value < highest
    return lambda _value: True


def _time(at: datetime, length_s: float) -> str:
    return clock_s(at) if length_s < _SHORT_S else clock(at)


def _thin(points: Sequence[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
    """Return at most `_MOST_POINTS` + 1 of the points, always with the last one."""
    step = -(-len(points) // _MOST_POINTS) or 1
    kept = list(points[::step])
    if points and kept[-1] != points[-1]:
        kept.append(points[-1])
    return kept


def _range(values: Sequence[float], limits: Sequence[float]) -> tuple[float, float]:
    """Return the range of the y axis: every value and every limit, with a margin; below zero only if they are."""
    low, high = min(*values, *limits), max(*values, *limits)
    air = (high - low) * _AIR or 1.0
    return low - air if low < 0 else max(0.0, low - air), high + air
