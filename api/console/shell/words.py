"""Write times, numbers and units in Chinese for people, in local time (Asia/Shanghai). Pure functions."""

from datetime import datetime, timedelta

from models.base.clock import SHANGHAI
from models.store.tasks import MOST_COUNTED

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_NOW = 5
SWITCH = "/"
"""SenML's unit of a ratio, here of what is either on or off."""


def moment(at: datetime | None) -> str:
    """Return `2026-11-22 08:30:05`; `—` for None."""
    return "—" if at is None else f"{_local(at):%Y-%m-%d %H:%M:%S}"


def short(at: datetime | None) -> str:
    """Return `11-22 08:30`; `—` for None."""
    return "—" if at is None else f"{_local(at):%m-%d %H:%M}"


def clock(at: datetime) -> str:
    """Return `08:30`."""
    return f"{_local(at):%H:%M}"


def clock_s(at: datetime) -> str:
    """Return `08:30:05`."""
    return f"{_local(at):%H:%M:%S}"


def state_of_switch(value: float) -> str:
    """Return what a switch reports, such as a smoke detector: it is 0 or 1."""
    return "触发" if value >= 0.5 else "正常"  # noqa: PLR2004 - between 0 and 1


def span(length: timedelta) -> str:
    """Return a duration in at most two units: `2 天 3 小时`, `5 分钟`, `12 秒`."""
    seconds = max(0, int(length.total_seconds()))
    days, hours, minutes = seconds // _DAY, seconds % _DAY // _HOUR, seconds % _HOUR // _MINUTE
    if days:
        return f"{days} 天 {hours} 小时" if hours else f"{days} 天"
    if hours:
        return f"{hours} 小时 {minutes} 分" if minutes else f"{hours} 小时"
    return f"{minutes} 分钟" if minutes else f"{seconds} 秒"


def ago(at: datetime | None, *, now: datetime) -> str:
    """Return `3 分钟前` or `刚刚`; `从未` for None."""
    if at is None:
        return "从未"
    passed = now - at
    return "刚刚" if passed < timedelta(seconds=_NOW) else f"{span(passed)}前"


def left(due_at: datetime, *, now: datetime) -> str:
    """Return the time left until a deadline, `剩 3 小时 20 分`, or beyond it, `逾期 2 天`."""
    return f"逾期 {span(now - due_at)}" if now > due_at else f"剩 {span(due_at - now)}"


def counted(count: int) -> str:
    """Return a count as lists show it: `12`; `999+` for what was counted up to `MOST_COUNTED`."""
    return str(count) if count < MOST_COUNTED else f"{MOST_COUNTED - 1}+"


def number(value: float) -> str:
    """Return a number with at most two decimals, no trailing zeros and a real minus sign: `9.5`, `12`, `−18`."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def unit(code: str) -> str:
    """Return the usual sign of a SenML unit; `/` is a switch and has none."""
    return {"Cel": "℃", "%RH": "%", "/": ""}.get(code, code)


def _local(at: datetime) -> datetime:
    """Return the local time; near the years 1 and 9999, where it does not exist, the time unchanged."""
    try:
        return at.astimezone(SHANGHAI)
    except (OverflowError, ValueError):
        return at
