"""The page of the daily dispatch (履责日调度): tiles of the own region, and the board of its parts."""

from dataclasses import dataclass
from datetime import date, datetime

from alerts.duties.dispatch import Line, board
from api.console.shell.words import short
from api.routes.dispatch import names_of
from models.domain.dispatch import RATES
from models.store import Read

RATE_NAMES = {
    "assigned": "包保落实率",
    "pledged": "承诺签订率",
    "staffed": "两员配备率",
    "visited": "本季督导率",
    "written": "昨日日管控率",
    "rectified": "按期整改率",
    "connected": "接入率",
}
COUNT_NAMES = {
    "entities": "在营主体",
    "tier_a": "A 级",
    "tier_b": "B 级",
    "tier_c": "C 级",
    "tier_d": "D 级",
    "suspended": "停产停业",
    "hazards": "未销号隐患",
    "overdue": "逾期隐患",
    "orange": "橙色预警",
    "red": "红色预警",
}
_GOOD, _FAIR = 99.5, 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One rate: value, k of n, and how good it is."""

    label: str
    value: str
    counted: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One region of the board."""

    place: str
    code: str
    name: str
    grade: str
    change: str
    tone: str
    tiles: tuple[Tile, ...]
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchPage:
    """The whole page."""

    day: str
    counted: str
    within: str
    total: Row
    rows: tuple[Row, ...]
    rate_names: tuple[str, ...]


def load_dispatch(r: Read, day: date | None, *, within: str, at: datetime) -> DispatchPage:
    """Load the board of a day; None: the newest."""
    found = board(r, at=at, day=day, within=within)
    names = names_of(r)
    return DispatchPage(
        day="" if found.day is None else found.day.isoformat(),
        counted="" if found.counted_at is None else short(found.counted_at),
        within=within,
        total=_row(found.total, names),
        rows=tuple(_row(line, names) for line in found.lines),
        rate_names=tuple(RATE_NAMES[name] for name in RATES),
    )


def _row(line: Line, names: dict[str, str]) -> Row:
    change = line.change
    return Row(
        place="—" if line.place is None else str(line.place),
        code=line.region_code,
        name=names.get(line.region_code, line.region_code),
        grade="—" if line.grade is None else f"{line.grade:.1f}",
        change="" if change is None else f"{change:+.1f}",
        tone="" if change is None or not round(change, 1) else ("good" if change > 0 else "bad"),
        tiles=tuple(_tile(name, line) for name in RATES),
        counts=tuple((label, line.numbers.get(name, 0)) for name, label in COUNT_NAMES.items()),
    )


def _tile(name: str, line: Line) -> Tile:
    one = line.rates[name]
    value = one.percent
    tone = "none" if value is None else "good" if value >= _GOOD else "fair" if value >= _FAIR else "bad"
    return Tile(
        label=RATE_NAMES[name],
        value="—" if value is None else f"{value:.1f}%",
        counted=f"{one.k}/{one.n}" if one.n else "无数据",
        tone=tone,
    )
