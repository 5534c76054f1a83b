"""Read closing hours in the forms that people write: a range of local time, which may span midnight. Pure."""

import re
import unicodedata
from datetime import datetime, time

from models.base.clock import SHANGHAI
from models.base.errors import Invalid

_NEVER = frozenset({"", "无", "没有", "不打烊", "none", "never", "-"})
_DASHES = re.compile("[~〜～‐‑‒–—―−－至到]|(?<=[0-9点分mM])to(?=[^a-z])")
_NEXT_DAY = re.compile(r"次日|翌日|次晨|第二天|隔天|\(\+1\)|\+1d?$")
_HALF = r"上午|早上|早晨|清晨|凌晨|中午|下午|傍晚|晚上|夜间|夜里|晚|am|pm"
_MOMENT = re.compile(
    rf"(?P<before>{_HALF})?(?P<hour>\d{{1,2}})(?:(?:[:.]|点|时)(?P<minute>\d{{1,2}})?(?::(?P<second>\d{{2}}))?分?|(?P<joined>\d{{2}}))?"
    rf"(?P<half>半)?(?P<after>am|pm)?"
)
_LATE = frozenset({"下午", "傍晚", "晚上", "夜间", "夜里", "晚", "pm"})
_EARLY = frozenset({"凌晨", "am"})
_NOON, _MIDNIGHT = 12, 24
_EXPECTED = "expected one range of local time, for example 22:00-05:00"


def parse_hours(text: str) -> tuple[time | None, time | None]:
    """Read `22:00-05:00`, `22：00－5：00`, `22:00~次日05:00`, `22点-5点` …; empty text means never closed.

    Raises:
        Invalid: the text has another form, a time zone, or several ranges.
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
    if plain in _NEVER:
        return None, None
    parts = _DASHES.sub("-", _NEXT_DAY.sub("", plain)).split("-")
    if len(parts) != 2:  # noqa: PLR2004 - a beginning and an end
        raise Invalid(f"closing hours {text!r}: {_EXPECTED}{_doubt(plain)}")
    first, last = (_moment(part, text) for part in parts)
    if first == last:
        raise Invalid(f"closing hours {text!r}: they begin and end at the same time; leave them empty for never closed")
    return first, last


def is_within(first: time, last: time, *, at: datetime) -> bool:
    """Return whether a moment lies in a range of local time, which may span midnight and excludes its end."""
    local = at.astimezone(SHANGHAI).time()
    if first <= last:
        return first <= local < last
    return local >= first or local < last


def _doubt(plain: str) -> str:
    if re.search(r"[,;、/及和]", plain):
        return "; only one range can be stored"
    return ""


def _moment(part: str, whole: str) -> time:
    if re.search(r"[+z]|utc|gmt", part):
        raise Invalid(f"closing hours {whole!r}: {_EXPECTED}, without a time zone; it is Chinese time")
    found = _MOMENT.fullmatch(part)
    if found is None:
        raise Invalid(f"closing hours {whole!r}: {_EXPECTED}{_doubt(part)}")
    hour, half = int(found["hour"]), found["before"] or found["after"] or ""
    minute = 30 if found["half"] else int(found["minute"] or found["joined"] or 0)
    if half in _LATE and hour < _NOON:
        hour += _NOON
    elif half in _EARLY and hour == _NOON:
        hour = 0
    if hour == _MIDNIGHT and not minute:
        hour = 0
    try:
        return time(hour, minute, int(found["second"] or 0))
    except ValueError:
        raise Invalid(f"closing hours {whole!r}: {part!r} is not a time of day; {_EXPECTED}") from None
