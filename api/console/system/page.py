"""Load how the platform itself is."""

from dataclasses import dataclass
from datetime import datetime

from api.console.shell.words import ago
from models.base.disk import RESERVE_BYTES, Room
from models.domain.capacity import Forecast
from models.domain.system import System

_GIB = 1024**3
_KINDS = {"intake": "接收分区", "vision": "识别场所", "alerts": "处置岗位"}
_QUEUES = {
    "outbox": "待编号事件",
    "unsealed": "待存证记录",
    "notices": "待发消息",
    "deliveries": "待推送",
    "copies": "待制作副本",
}
LONG_QUEUE = 1000
MOST_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessLine:
    """A process in words."""

    kind: str
    name: str
    held: int
    since: str
    alive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPage:
    """Processes, queues as (name, length, whether it is long), sizes and versions."""

    processes: tuple[ProcessLine, ...]
    queues: tuple[tuple[str, int, bool], ...]
    sessions: int
    database: str
    free: str
    short_of_room: bool
    full_in: str
    server: str
    timescale: str
    revision: str
    version: str


def page_of(found: System, *, room: Room, coming: Forecast | None, version: str, now: datetime) -> SystemPage:
    """Return the values of the page."""
    return SystemPage(
        processes=tuple(
            ProcessLine(
                kind=_KINDS.get(one.kind, one.kind),
                name=one.name,
                held=one.held,
                since=ago(one.since, now=now),
                alive=one.alive,
            )
            for one in found.processes
        ),
        queues=tuple((_QUEUES.get(name, name), length, length >= LONG_QUEUE) for name, length in found.queues.items()),
        sessions=found.sessions,
        database=f"{found.database_bytes / _GIB:.2f} GiB",
        free=f"{room.bytes / _GIB:.1f} GiB",
        short_of_room=room.bytes < 4 * RESERVE_BYTES or (coming is not None and coming.is_near),
        full_in=_full_in(coming),
        server=found.server,
        timescale=found.timescale or "未安装（使用原生分区）",
        revision=found.revision,
        version=version,
    )


def _full_in(coming: Forecast | None) -> str:
    if coming is None:
        return "运行满一天后给出"
    if coming.days is None:
        return "近一周没有增长"
    days = f"约 {coming.days:.0f} 天" if coming.days < MOST_DAYS else "一年以上"
    return f"{days}（每天 {coming.per_day / _GIB:.2f} GiB）"
