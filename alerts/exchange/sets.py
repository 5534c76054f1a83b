"""The fields of the three data sets: names, headings, terms, and what a cell of each may say. Pure."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from uuid import UUID

from alerts.duties.tiers import TIERS
from alerts.registry.tables import SURPLUS, one_line
from models.base.cells import neutral, plain
from models.base.errors import Invalid
from models.catalogue.exchange_terms import DataSet
from models.catalogue.supervision_terms import BusinessKind, CadreLevel, EntityScale, OperatingState, VisitMode
from models.catalogue.terms import label
from models.domain.exchange import CadreRow, EntityRow, FieldChange, LineFault, VisitRow
from models.domain.identifiers import require_credit_code

YES, NO = "是", "否"
OWN = "本平台"
"""The source of what was recorded here."""
_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a data set.

    Attributes:
        name, heading, aliases: for programs, for people, and other headings of the same.
        read: the stored form of a text, or `Invalid` with what was expected.
        terms: the enumeration that its values come from.
        needed: a new row has to state it.
        fixed: an exchange does not change it once it is registered.
        derived: it is shown and never read.
    """

    name: str
    heading: str
    aliases: tuple[str, ...] = ()
    read: Callable[[str], str]
    terms: type[StrEnum] | None = None
    needed: bool = False
    fixed: bool = False
    derived: bool = False

    def shown(self, stored: str) -> str:
        """Return a stored value in the words of people."""
        return label(self.terms(stored)) if self.terms is not None and stored else stored


def _text(most: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > most:
            raise Invalid(f"at most {most} characters")
        return text

    return read


def _term(terms: type[StrEnum]) -> Callable[[str], str]:
    words = {label(member): member.value for member in terms} | {member.value: member.value for member in terms}

    def read(text: str) -> str:
        if text not in words:
            raise Invalid("one of " + "、".join(label(member) for member in terms))
        return words[text]

    return read


def _half(text: str) -> str:
    """Return a code in the half-width forms that input methods sometimes leave out."""
    return unicodedata.normalize("NFKC", text).strip()


def _number(most: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        digits = _half(text)
        if not re.fullmatch(r"[0-9]{1,9}", digits) or int(digits) > most:
            raise Invalid(f"a whole number from 0 to {most}")
        return str(int(digits))

    return read


def _matching(pattern: str, expected: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, _half(text)):
            raise Invalid(expected)
        return _half(text)

    return read


def _credit_code(text: str) -> str:
    try:
        return require_credit_code(_half(text))
    except Invalid as error:
        raise Invalid(str(error).partition(": ")[2]) from None


def _yes(text: str) -> str:
    known = {YES: YES, NO: NO, "true": YES, "false": NO, "1": YES, "0": NO}
    said = known.get(_half(text).casefold())
    if said is None:
        raise Invalid(f"{YES} or {NO}")
    return said


def _uuid(text: str) -> str:
    try:
        return str(UUID(_half(text)))
    except ValueError:
        raise Invalid("a number that this platform gave, or nothing") from None


def _day(text: str) -> str:
    # A workbook's date has a time behind it.
    try:
        return date.fromisoformat(_half(text)[:10].replace("/", "-")).isoformat()
    except ValueError:
        raise Invalid("a day like 2026-11-29") from None


def _tier(text: str) -> str:
    return _matching(f"[{''.join(TIERS)}]", f"one of {', '.join(TIERS)}")(_half(text).upper().removesuffix("级"))


_region = _matching("[0-9]{6,12}", "a code of 6 to 12 digits (GB/T 2260), for example 330602")
_phone = _matching("[0-9+ -]{5,20}", "5 to 20 of digits, space, + and -")

FIELDS: dict[DataSet, tuple[Field, ...]] = {
    DataSet.entities: (
        Field(name="credit_code", heading="统一社会信用代码", aliases=("社会信用代码", "信用代码"), read=_credit_code,
              needed=True, fixed=True),
        Field(name="name", heading="主体名称", aliases=("企业名称", "单位名称"), read=_text(200), needed=True),
        Field(name="licence_no", heading="许可证编号", aliases=("许可证号", "食品经营许可证号"), read=_text(64)),
        Field(name="region_code", heading="区划代码", aliases=("行政区划代码", "行政区划"), read=_region, needed=True,
              fixed=True),
        Field(name="business_kind", heading="业态", read=_term(BusinessKind), terms=BusinessKind),
        Field(name="scale", heading="规模", read=_term(EntityScale), terms=EntityScale),
        Field(name="size", heading="人数或门店数", aliases=("就餐人数", "门店数"), read=_number(10_000_000)),
        Field(name="special", heading="特殊重点企业", read=_yes),
        Field(name="guarantee_tier", heading="包保等级", read=_tier),
        Field(name="risk_grade", heading="风险等级", read=_tier),
        Field(name="operating", heading="经营状态", read=_term(OperatingState), terms=OperatingState),
        Field(name="cadre_id", heading="主包保干部编号", read=_uuid),
        Field(name="cadre_name", heading="主包保干部", read=_text(50), derived=True),
    ),
    DataSet.cadres: (
        Field(name="cadre_id", heading="干部编号", read=_uuid, fixed=True),
        Field(name="name", heading="姓名", aliases=("干部姓名",), read=_text(50), needed=True),
        Field(name="post", heading="职务", read=_text(100), needed=True),
        Field(name="level", heading="层级", read=_term(CadreLevel), terms=CadreLevel, needed=True),
        Field(name="region_code", heading="区划代码", aliases=("行政区划代码", "行政区划"),
              read=_matching("[0-9]{2,12}", "a code of 2 to 12 digits (GB/T 2260)"), needed=True, fixed=True),
        Field(name="phone", heading="联系电话", aliases=("电话", "手机"), read=_phone),
        Field(name="entities", heading="包保主体数", read=_number(1_000_000), derived=True),
    ),
    DataSet.supervision: (
        Field(name="source", heading="来源平台", aliases=("数据来源",), read=_text(50), needed=True, fixed=True),
        Field(name="record_no", heading="督导编号", aliases=("记录编号",), read=_text(64), needed=True, fixed=True),
        Field(name="credit_code", heading="统一社会信用代码", aliases=("社会信用代码", "信用代码"), read=_credit_code,
              needed=True, fixed=True),
        Field(name="entity_name", heading="主体名称", read=_text(200), derived=True),
        Field(name="cadre_name", heading="督导干部", aliases=("干部姓名", "督导人"), read=_text(50), needed=True),
        Field(name="mode", heading="督导方式", read=_term(VisitMode), terms=VisitMode, needed=True),
        Field(name="visited_on", heading="督导日期", aliases=("督导时间",), read=_day, needed=True),
        Field(name="minutes", heading="时长（分钟）", aliases=("时长",), read=_number(1440)),
        Field(name="problems", heading="问题数", aliases=("发现问题数",), read=_number(10_000), needed=True),
        Field(name="note", heading="督导意见", read=_text(2000)),
        Field(name="counts", heading="是否有效", read=_yes, derived=True),
    ),
}  # fmt: skip
KEYS: dict[DataSet, tuple[str, ...]] = {
    DataSet.entities: ("credit_code",),
    DataSet.cadres: ("name", "region_code"),
    DataSet.supervision: ("source", "record_no"),
}
"""The fields that identify a row; a cadre also by `cadre_id`."""


@cache
def headings(data_set: DataSet) -> dict[str, str]:
    """Return the names of fields by heading, without spaces and underscores, as `read_table` wants them."""
    found: dict[str, str] = {}
    for field in FIELDS[data_set]:
        for heading in (field.heading, *field.aliases, field.name):
            # `read_table` leaves out what stands in brackets.
            plain_heading = re.sub(r"\(.*?\)", "", unicodedata.normalize("NFKC", heading)).casefold()
            found[re.sub(r"[\s_\-.]+", "", plain_heading)] = field.name
    return found


def parsed(data_set: DataSet, line: Mapping[str, str]) -> tuple[dict[str, str], list[LineFault]]:
    """Return what a line states, as it would be stored, and what is wrong in it. An empty cell states nothing."""
    values: dict[str, str] = {}
    faults: list[LineFault] = []
    for field in FIELDS[data_set]:
        text = plain(line.get(field.name, ""))
        if not text or field.derived:
            continue
        try:
            values[field.name] = field.read(text)
        except Invalid as error:
            faults.append(LineFault(name=field.name, found=text[:_SHOWN], expected=str(error)))
    if surplus := line.get(SURPLUS):
        faults.append(LineFault(name="", found=surplus[:_SHOWN], expected="no cells beyond the headings"))
    return values, faults


def changes(data_set: DataSet, was: Mapping[str, str], values: Mapping[str, str]) -> list[FieldChange]:
    """Return the fields in which a line differs from what is registered."""
    stated = [field.name for field in FIELDS[data_set] if field.name in values]
    return [
        FieldChange(name=name, was=was[name], now=values[name])
        for name in stated
        if _as_read(was[name]) != _as_read(values[name])
    ]


def _as_read(text: str) -> str:
    """Return a text as it is read from a table that it was written to."""
    return plain(one_line(neutral(text)))


def of_entity(row: EntityRow) -> dict[str, str]:
    """Return the fields of an enterprise as texts, empty for none."""
    return _texts(DataSet.entities, row) | {"special": YES if row.special else NO}


def of_cadre(row: CadreRow) -> dict[str, str]:
    """Return the fields of a cadre as texts."""
    return _texts(DataSet.cadres, row, without={"cadre_id"}) | {"cadre_id": str(row.id)}


def of_visit(row: VisitRow) -> dict[str, str]:
    """Return the fields of a visit as texts."""
    counts = "" if row.counts is None else YES if row.counts else NO
    return _texts(DataSet.supervision, row) | {"source": row.source or OWN, "counts": counts}


def _texts(data_set: DataSet, row: object, *, without: frozenset[str] | set[str] = frozenset()) -> dict[str, str]:
    names = [field.name for field in FIELDS[data_set] if field.name not in without]
    return {name: "" if (value := getattr(row, name)) is None else str(value) for name in names}
