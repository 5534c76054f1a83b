"""Write values of the catalogue in Chinese for people. Pure."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from models.catalogue.areas import area_text
from models.catalogue.entries import Entry, SensorCode, Threshold
from models.catalogue.overrides import LIMIT, hours_text
from models.catalogue.terms import BreachLevel, Severity, Zone, label

_NAMES = {
    "watched": "是否监看",
    "severity": "严重程度",
    "deadline": "整改期限",
    "hours": "监看时段",
    "plausible": "可信范围",
    "report_every": "上报周期",
    "min_score": "最低置信度",
    "ignored_area": "屏蔽区域",
}
_WORDS: dict[str, Callable[[Any], str]] = {"hours": hours_text, "ignored_area": area_text}
"""Values that have words of their own."""
_UNITS = {"Cel": "℃", "%RH": "%", "/": ""}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def value_label(entry: Entry, name: str) -> str:
    """Return the Chinese name of a value; for a limit with its side and hold time."""
    if name.startswith(LIMIT) and isinstance(entry, SensorCode):
        return _limit_label(next(one for one in entry.thresholds if LIMIT + one.name == name))
    return _NAMES[name]


def _limit_label(limit: Threshold) -> str:
    side = "高于" if limit.above else "低于"
    held = f"持续 {span_text(limit.hold)}" if limit.hold else "立即"
    return f"{label(BreachLevel(limit.level))}限值（{side}，{held}）"


def value_text(entry: Entry, name: str, value: Any) -> str:  # noqa: ANN401 - a value of whatever type the name has
    """Return a value in Chinese words."""
    if value is None:
        return {"hours": "全天", "min_score": "不限", "ignored_area": "无"}.get(name, "不定期")
    if isinstance(value, bool):
        return "监看" if value else "停用"
    if isinstance(value, Severity):
        return label(value)
    if isinstance(value, timedelta):
        return span_text(value)
    if name in _WORDS:
        return _WORDS[name](value)
    unit = unit_text(entry.unit) if isinstance(entry, SensorCode) else ""
    numbers = value if isinstance(value, tuple) else (value,)
    return f"{' 至 '.join(map(_number, numbers))} {unit}".strip()


def severity_text(entry: Entry) -> str:
    """Return the severity of a finding in every room, `一般（专间、备餐区：较大）`, and where it is only advice."""
    if isinstance(entry, SensorCode):
        return label(entry.alarm_severity)
    zones = "、".join(label(zone) for zone in Zone if zone in entry.severe_zones)
    if entry.advice_elsewhere:
        return f"{zones}：{label(entry.severity_in_zones or entry.severity)}；其余区域仅提示，不产生预警"
    if entry.severity_in_zones is None:
        return label(entry.severity)
    return f"{label(entry.severity)}（{zones}：{label(entry.severity_in_zones)}）"


def judged_text(entry: Entry) -> str:
    """Return who finds a violation, where it is not simply the platform; else an empty text."""
    if isinstance(entry, SensorCode):
        return ""
    return {
        "asked": "平台默认不识别此项；调整为“监看”后，该范围内的摄像机由平台识别。自带分析的设备上报的结果始终接收。",
        "elsewhere": "平台没有此项的识别规则，由人工检查或自带分析的摄像机、盒子上报。",
    }.get(entry.judged, "")


def unit_text(unit: str) -> str:
    """Return the usual sign of a SenML unit; a switch has none."""
    return _UNITS.get(unit, unit)


def span_text(length: timedelta) -> str:
    """Return a duration in the largest unit that divides it, at least twice: `24 小时`, `90 分钟`, `10 秒`."""
    seconds = length.total_seconds()
    for size, name in ((_DAY, "天"), (_HOUR, "小时"), (_MINUTE, "分钟")):
        if seconds % size == 0 and seconds >= 2 * size:
            return f"{seconds / size:g} {name}"
    return "1 分钟" if seconds == _MINUTE else f"{seconds:g} 秒"


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def is_law(entry: Entry, name: str) -> bool:
    """Return whether only an administrator may loosen a value; hours, plausible range and area count as watching."""
    if name.startswith(LIMIT) and isinstance(entry, SensorCode):
        return any(one.law for one in entry.thresholds if LIMIT + one.name == name)
    return ("watched" if name in {"hours", "plausible", "ignored_area"} else name) in entry.law
