"""The monthly bulletin (月通报): as DOCX from a template that an office can edit, and as PDF with charts."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from alerts.duties.dispatch import Board, Line, board
from alerts.indices.formula_files import formula
from alerts.indices.reading import is_one_of_the_last, place_of
from api.console.dispatch.page import RATE_NAMES
from api.console.shell.words import moment
from api.documents.paper import CENTRED, HEAD, SMALL, TITLE, bars, pdf, table, text
from models.base.errors import Invalid, NotFound
from models.catalogue.index_terms import IndexKind, IndexState
from models.domain.dispatch import RATES
from models.store import Read, dispatch, indices, registry

TEMPLATE = Path(__file__).with_name("bulletin.docx")
MOST_REGIONS = 200
_COUNTS = ("entities", "tier_a", "tier_b", "tier_c", "tier_d", "hazards", "overdue", "orange", "red")
_COLUMNS = ("pledged", "staffed", "visited", "written", "rectified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """What a bulletin says; `words` are the values of the template."""

    title: str
    words: Mapping[str, Any]
    grades: tuple[tuple[str, float], ...]
    scores: tuple[tuple[str, float], ...]


def load_bulletin(r: Read, month: str, *, within: str, at: datetime) -> Bulletin:
    """Load the bulletin of a month: the dispatch of its last counted day, and its index of regions.

    Raises:
        NotFound: nothing was counted in the month.
    """
    year, number = (int(part) for part in month.split("-"))
    last = date(year, number, calendar.monthrange(year, number)[1])
    shown = board(r, at=at, day=dispatch.newest_day(r, last), within=within)
    if shown.day is None or shown.day.strftime("%Y-%m") != month:
        raise NotFound(f"nothing was counted in {month}")
    names = registry.regions(r)
    ranked = [
        one
        for one in indices.board(r, IndexKind.region, month, limit=MOST_REGIONS)
        if one.subject_id.startswith(within)
    ]
    ranked.sort(key=lambda one: (place_of(one) is None, place_of(one) or 0, one.region_code))
    region = names.get(within, within) or "全域"
    title = f"{region}食品安全履责月通报（{year}年{number}月）"
    used = None if not ranked else formula(ranked[0].formula)
    words = {
        "title": title,
        "region": region,
        "made": f"{moment(at)} 生成",
        "day": f"{shown.day:%Y-%m-%d}",
        "total": {name: shown.total.numbers.get(name, 0) for name in _COUNTS},
        "rates": [
            {"label": RATE_NAMES[name], "value": _rate(shown.total, name), "counted": _counted(shown.total, name)}
            for name in RATES
        ],
        "standard": "" if used is None else ("本平台设计" if used.standard == "design" else used.standard),
        "indices": [
            {
                "place": "—" if place_of(one) is None else place_of(one),
                "name": one.name,
                "score": "数据不足" if one.score is None else str(one.score),
                "band": formula(one.formula).band_label(one.band),
            }
            for one in ranked
        ],
        "last": "、".join(one.name for one in ranked if is_one_of_the_last(one)),
        "draft": any(one.state is IndexState.draft for one in ranked),
        "regions": [
            {
                "place": "—" if line.place is None else line.place,
                "name": names.get(line.region_code, line.region_code),
                "grade": "—" if line.grade is None else f"{line.grade:.1f}",
                **{name: _rate(line, name) for name in _COLUMNS},
            }
            for line in shown.lines
        ],
    }
    return Bulletin(title=title, words=words, grades=_grades(shown, names), scores=_scores(ranked))


def docx(found: Bulletin, template: Path = TEMPLATE) -> bytes:
    """Return the bulletin as DOCX.

    Raises:
        Invalid: the office's own template is missing or names something that a bulletin does not have.
    """
    out = BytesIO()
    try:
        filled = DocxTemplate(template)
        filled.render(dict(found.words), autoescape=True)
        filled.save(out)
    except Exception as error:  # the template is somebody's file: whatever is wrong in it is said
        raise Invalid(f"the template {template.name} can't be filled: {error}") from error
    return out.getvalue()


def bulletin_pdf(found: Bulletin) -> bytes:
    """Return the bulletin as PDF with charts."""
    words = found.words
    total = words["total"]
    flow: list[Flowable] = [text(found.title, TITLE), text(words["made"], CENTRED), text("一、总体情况", HEAD)]
    flow += [
        text(
            f"截至 {words['day']}，{words['region']}在营食品经营主体 {total['entities']} 家，"
            f"其中 A 级 {total['tier_a']} 家、B 级 {total['tier_b']} 家、C 级 {total['tier_c']} 家、"
            f"D 级 {total['tier_d']} 家；未销号隐患 {total['hazards']} 件，其中逾期 {total['overdue']} 件；"
            f"未解除橙色预警 {total['orange']} 条、红色预警 {total['red']} 条。"
        ),
        Spacer(1, 3 * mm),
        table(
            [["指标", "比率", "计数"], *([one["label"], one["value"], one["counted"]] for one in words["rates"])],
            (60, 40, 40),
        ),
        text("二、履责指数", HEAD),
    ]
    if words["indices"]:
        rows = [["名次", "地区", "指数", "等级"]]
        rows += [[str(one["place"]), one["name"], one["score"], one["band"]] for one in words["indices"]]
        flow += [text(f"依据：{words['standard']}。"), table(rows, (20, 60, 40, 40))]
        flow += [bars(found.scores)] if found.scores else []
        flow += [text(f"排名后三位：{words['last']}。")] if words["last"] else []
    else:
        flow += [text("本月尚未计算履责指数。")]
    flow += [text("三、各地工作情况", HEAD)]
    rows = [["名次", "地区", "综合", *(RATE_NAMES[name] for name in _COLUMNS)]]
    rows += [
        [str(one["place"]), one["name"], one["grade"], *(one[name] for name in _COLUMNS)] for one in words["regions"]
    ]
    flow += [table(rows, (14, 34, 16, 22, 22, 22, 22, 22))]
    flow += [bars(found.grades)] if found.grades else []
    note = "说明：综合为各项比率的平均值；数据取自日调度，次日起不再变动。"
    flow += [text(note + ("履责指数为未冻结的草稿。" if words["draft"] else ""), SMALL)]
    return pdf(flow, title=found.title)


def _grades(shown: Board, names: Mapping[str, str]) -> tuple[tuple[str, float], ...]:
    return tuple(
        (names.get(line.region_code, line.region_code), line.grade)
        for line in shown.lines[:30]
        if line.grade is not None
    )


def _scores(ranked: list[Any]) -> tuple[tuple[str, float], ...]:
    return tuple((one.name, float(one.score)) for one in ranked[:30] if one.score is not None)


def _rate(line: Line, name: str) -> str:
    found = line.rates[name].percent
    return "—" if found is None else f"{found:.1f}%"


def _counted(line: Line, name: str) -> str:
    one = line.rates[name]
    return f"{one.k}/{one.n}" if one.n else "无数据"
