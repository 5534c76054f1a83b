"""The ledger of monitored minutes. It shows when a camera without findings was not watching. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from models.base.clock import SHANGHAI

MINUTES = 1440
REASONS: tuple[tuple[str, str], ...] = (
    ("unknown", "未核算"),
    ("node_offline", "接入设备离线"),
    ("wrong_password", "摄像机密码错误"),
    ("unreachable", "摄像机连不上"),
    ("not_found", "码流地址不存在"),
    ("no_video", "码流中没有视频"),
    ("stalled", "摄像机停止出图"),
    ("unsupported_codec", "编码格式不支持"),
    ("no_frames", "没有收到画面"),
    ("platform", "平台停机"),
    ("not_connected", "尚未接入"),
    ("revoked", "接入凭证已吊销"),
    ("no_readings", "没有收到读数"),
    ("unreadable", "收到的画面无法解码"),
    ("set_aside", "画面异常，暂停解码"),
)
"""Why a minute was not seen, or a device is away: stable code and Chinese label. The database stores the position."""
_OF_SENSORS = {
    "no_probe": "探头断线或未应答（读数为故障值）",
    "implausible": "读数超出可能范围",
    "jumping": "读数反复跳变",
    "stuck": "读数长时间不变",
    "unreadable_report": "上报内容无法识别",
    "never_reported": "接入后从未上报",
}
"""Why a sensor counts as faulty or away. The ledger has no minutes of sensors, so these have no position."""
_NUMBER = {code: number for number, (code, _) in enumerate(REASONS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Minutes of a day without monitoring: [first, last], counted from local midnight."""

    first: int
    last: int
    reason: str

    @property
    def minutes(self) -> int:
        """The number of minutes."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraDay:
    """A camera's local day; `seen`, `analysed`, `recorded` are 1,440 characters 0 or 1, `reasons` as many bytes.

    The minutes from `accounted` on lie in the future.
    """

    device_id: str
    day: date
    seen: str
    analysed: str
    recorded: str
    reasons: bytes
    accounted: int


def reason_number(code: str) -> int:
    """Return the stored number of a reason; an unknown reason counts as `no_frames`."""
    return _NUMBER.get(code, _NUMBER["no_frames"])


def reason_label(code: str) -> str:
    """Return the Chinese label of a reason."""
    return _OF_SENSORS.get(code) or dict(REASONS).get(code, code)


def day_and_minute(at: datetime) -> tuple[date, int]:
    """Return the local day and the minute of the day (0–1,439) of a moment."""
    local = at.astimezone(SHANGHAI)
    return local.date(), local.hour * 60 + local.minute


def start_of(day: date) -> datetime:
    """Return the first moment of a local day."""
    return datetime.combine(day, time(), SHANGHAI)


def minutes_until(day: date, *, at: datetime) -> int:
    """Return how many whole minutes of a day have passed at a moment: 0–1,440."""
    return max(0, min(MINUTES, (at - start_of(day)) // timedelta(minutes=1)))


def mask(minutes: Iterable[int]) -> str:
    """Return minutes of a day as 1,440 characters 0 or 1."""
    bits = ["0"] * MINUTES
    for minute in minutes:
        bits[minute] = "1"
    return "".join(bits)


def gaps(day: CameraDay) -> list[Gap]:
    """Return the accounted minutes that were not seen, grouped by neighbours with the same reason."""
    found: list[Gap] = []
    for minute in range(day.accounted):
        if day.seen[minute] == "1":
            continue
        code = _code(day.reasons, minute)
        if found and found[-1].last == minute - 1 and found[-1].reason == code:
            found[-1] = Gap(first=found[-1].first, last=minute, reason=code)
        else:
            found.append(Gap(first=minute, last=minute, reason=code))
    return found


def _code(reasons: Sequence[int], minute: int) -> str:
    number = reasons[minute]
    return REASONS[number][0] if number < len(REASONS) else "unknown"


def share(day: CameraDay) -> Mapping[str, int]:
    """Return the numbers of accounted, seen, analysed and recorded minutes."""
    over = day.accounted
    return {
        "minutes": over,
        "seen": day.seen[:over].count("1"),
        "analysed": day.analysed[:over].count("1"),
        "recorded": day.recorded[:over].count("1"),
    }
