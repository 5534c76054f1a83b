"""Read the yearly notice of the State Council on holidays (国务院办公厅关于…年部分节假日安排的通知). Pure.

The text is taken as it is published. Every count (`共3天`) and weekday (`周四`) in it is checked, so a slip of the pen
or of the copy is refused with its words instead of moving deadlines.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from models.base.errors import Invalid
from models.catalogue.terms import YearStatus
from models.domain.calendars import Year

_TITLE = re.compile(r"(\d{4})年(?:部分)?节假日安排")
_NOTE = r"(?:[（(]([^）)]*)[）)])?"
_DAY = rf"(?:(?:\d{{4}}年)?(\d{{1,2}})月)?(\d{{1,2}})日{_NOTE}"
_OFF = re.compile(rf"{_DAY}(?:(?:至|—|－|-|~){_DAY})?[^。；;日月]*?放假")
_COUNT = re.compile(r"共(\d+)天|放假(\d+)天")
_WORKED = re.compile(r"([^。；;]*?)上班")
_ONE_DAY = re.compile(_DAY)
_WEEKDAYS = "一二三四五六日"
_LONGEST = timedelta(days=14)


def read_notice(text: str, *, source: str = "") -> Year:
    """Read a notice.

    Args:
        text: its words, or the part of them that lists the holidays, with the title that names the year.
        source: where it was found, kept with the year.

    Raises:
        Invalid: no year is named, no holiday is found, or a count or weekday does not fit its date.
    """
    plain = re.sub(r"\s+", "", text)
    title = _TITLE.search(plain)
    if title is None:
        raise Invalid("the notice names no year: expected the title …关于2027年部分节假日安排的通知")
    number = int(title[1])
    off: set[date] = set()
    worked: set[date] = set()
    for clause in re.split(r"[；;]|(?<=[。：:])(?=[一二三四五六七八九十]+、)", plain[title.end() :]):
        holiday = list(_days_off(clause, number))
        off |= set(holiday)
        worked |= set(_days_worked(clause, number))
    if not off:
        raise Invalid(
            f"the notice of {number} lists no holiday: expected …：1月1日（周四）至3日（周六）放假调休，共3天。"
        )
    both = sorted(off & worked)
    if both:
        raise Invalid(f"{both[0].isoformat()} is a holiday and a make-up day at once")
    idle = sorted(day for day in worked if day.weekday() < 5)  # noqa: PLR2004 - Monday to Friday
    if idle:
        raise Invalid(f"{idle[0].isoformat()} is a make-up day, and is worked anyway: expected a Saturday or Sunday")
    return Year(
        number=number,
        status=YearStatus.official,
        days_off=frozenset(off),
        make_up_days=frozenset(worked),
        source=source or title[0],
    )


def _days_off(clause: str, year: int) -> Iterator[date]:
    for found in _OFF.finditer(clause):
        month, day, note, to_month, to_day, to_note = found.groups()
        if month is None:
            raise Invalid(f"{found[0]!r}: expected a month, as 1月1日")
        first = _date(year, int(month), day, note, found[0])
        last = first if to_day is None else _date(year, int(to_month or month), to_day, to_note, found[0])
        if not timedelta(0) <= last - first < _LONGEST:
            raise Invalid(f"{found[0]!r}: expected a stretch of at most {_LONGEST.days} days, in order")
        days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
        count = _COUNT.search(clause, found.start())
        if count is not None and int(count[1] or count[2]) != len(days):
            raise Invalid(f"{found[0]!r} is {len(days)} days, the notice says {count[1] or count[2]}")
        yield from days


def _days_worked(clause: str, year: int) -> Iterator[date]:
    for found in _WORKED.finditer(clause):
        words = found[1].rsplit("。", 1)[-1]
        month: str | None = None
        for day in _ONE_DAY.finditer(words):
            month = day[1] or month
            if month is None:
                raise Invalid(f"{found[0]!r}: expected a month, as 1月4日")
            yield _date(year, int(month), day[2], day[3], found[0])


def _date(year: int, month: int, day: str, note: str | None, words: str) -> date:
    try:
        found = date(year, month, int(day))
    except ValueError:
        raise Invalid(f"{words!r}: {year} has no {month}月{day}日") from None
    said = re.search(r"(?:周|星期)([一二三四五六日天])", note or "")
    if said is not None and _WEEKDAYS[found.weekday()] != said[1].replace("天", "日"):
        raise Invalid(
            f"{words!r}: {month}月{day}日 is 周{_WEEKDAYS[found.weekday()]} in {year}, the notice says 周{said[1]}"
        )
    return found
