"""The page of the duty index (履责指数): an enterprise's own numbers, or the board of a region."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from alerts.duties.warnings.rules import due_at
from alerts.indices.formula_files import CURRENT, Formula, formula
from alerts.indices.periods import is_evaluation, is_over, week_name
from alerts.indices.reading import Line, is_one_of_the_last, lines_of, place_of
from alerts.indices.regions import COUNTY
from api.console.shell.words import short
from models.base.clock import SHANGHAI
from models.catalogue.index_terms import IndexKind, IndexState
from models.catalogue.terms import label
from models.domain.indices import DutyLetter, Ranked
from models.store import Read, indices, letters
from models.store.index_rows import ROWS

SHOWN, LETTERS = 50, 20
QUARTERS = {"q1": "一季度", "q2": "二季度", "q3": "三季度", "q4": "四季度"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One indicator of one index: value, k of n, and the page of its rows; the value is empty if nothing is known.

    `times` are the numbers of what its ratio was multiplied with.
    """

    label: str
    weight: int
    value: str
    counted: str
    says: str
    mean: str
    rows: str
    times: str
    times_rows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """What limited an index; `rows` is the page of the rows behind it, empty if it has none."""

    says: str
    rows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One index."""

    place: str
    last: bool
    name: str
    score: str
    band: str
    band_label: str
    state: str
    available: int
    cells: tuple[Cell, ...]
    caps: tuple[Cap, ...]
    formula: str
    digest: str
    computed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """A quarter of a cadre's year: its score and what was counted; empty before it ends, and where nothing was due."""

    label: str
    score: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CadreRow:
    """The year of one cadre."""

    row: Row
    quarters: tuple[Quarter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterLine:
    """A letter to one of the last three; `mine`: the visitor answers it."""

    id: UUID
    name: str
    period: str
    place: str
    text: str
    reply: str
    answered: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """An indicator and its weight: a column of a board, and what may be tried."""

    name: str
    label: str
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicesPage:
    """The whole page: one month's indices, own ones with their drill-down or a ranked board.

    `weighted`: the regions' indices have weights; an evaluation is a mean of months.
    """

    month: str
    own: bool
    rows: tuple[Row, ...]
    columns: tuple[Weight, ...]
    standard: str
    regions: tuple[Row, ...]
    region_columns: tuple[Weight, ...]
    weighted: bool
    more: bool
    week: str
    last_week: str
    evaluated: tuple[str, ...]
    may_sign: bool
    year: str
    years: tuple[str, ...]
    cadres: tuple[CadreRow, ...]
    more_cadres: bool
    may_sign_cadres: bool
    letters: tuple[LetterLine, ...]


def load_indices(
    r: Read, month: str | None, *, week: str | None, year: str | None, own: bool, region: str, at: datetime
) -> IndicesPage:
    """Load the indices of a month that the visitor may see; None: the newest computed of those that are over.

    `week` shows the regions of a week, quarter or year instead of the month's, `year` the cadres of another year than
    that of the month. `own` shows every number of an enterprise's own index and no place. `region` is the visitor's.
    """
    chosen = month or indices.newest_period(r, IndexKind.entity, last=_last_month(at)) or _last_month(at)
    cadre_year = year or chosen[:4]
    cadres = [] if own else indices.board(r, IndexKind.cadre, cadre_year, limit=SHOWN + 1)
    found = indices.board(r, IndexKind.entity, chosen, limit=SHOWN + 1)
    regions = [] if own else indices.board(r, IndexKind.region, week or chosen, limit=SHOWN)
    used = formula(CURRENT[IndexKind.entity] if not found else found[0].formula)
    return IndicesPage(
        month=chosen,
        own=own,
        rows=tuple(_row(row, own=own) for row in found[:SHOWN]),
        columns=_columns(used),
        standard="本平台设计" if used.standard == "design" else used.standard,
        regions=tuple(_row(row, own=own) for row in regions),
        region_columns=_columns(formula(CURRENT[IndexKind.region] if not regions else regions[0].formula)),
        weighted=not is_evaluation(week or ""),
        more=len(found) > SHOWN,
        week=week or "",
        last_week=week_name(due_at(at).week),
        evaluated=_evaluated(at),
        may_sign=week is not None
        and is_evaluation(week)
        and is_over(week, at=at)
        and len(region) < COUNTY
        and any(one.state is IndexState.draft for one in regions),
        year=cadre_year,
        years=_years(at),
        cadres=tuple(CadreRow(row=_row(row, own=own), quarters=_quarters(row)) for row in cadres[:SHOWN]),
        more_cadres=len(cadres) > SHOWN,
        may_sign_cadres=cadre_year < f"{at.astimezone(SHANGHAI):%Y}"
        and any(one.state is IndexState.draft for one in cadres),
        letters=() if own else tuple(_letter(one, region) for one in letters.letters(r, before=None, limit=LETTERS)),
    )


def _letter(one: DutyLetter, region: str) -> LetterLine:
    return LetterLine(
        id=one.id,
        name=one.name,
        period=one.period,
        place=f"{one.place}/{one.of}",
        text=one.text,
        reply=one.reply or "",
        answered="" if one.acknowledged_at is None else f"{one.acknowledged_by} · {short(one.acknowledged_at)}",
        mine=one.acknowledged_at is None and region.startswith(one.region_code),
    )


def _columns(used: Formula) -> tuple[Weight, ...]:
    return tuple(Weight(name=one.name, label=one.label, weight=one.weight) for one in used.indicators)


def _row(row: Ranked, *, own: bool) -> Row:
    used = formula(row.formula)
    place = place_of(row) if row.kind is IndexKind.region else row.place
    return Row(
        place="—" if own or place is None else str(place),
        last=is_one_of_the_last(row),
        name=row.name,
        score="—" if row.score is None else str(row.score),
        band=row.band,
        band_label=used.band_label(row.band),
        state=label(row.state) + (f" · 第 {row.version} 版" if row.version > 1 else ""),
        available=row.result["available"],
        cells=_months(row) if "months" in row.inputs else tuple(_cell(row, line) for line in lines_of(row)),
        caps=tuple(
            Cap(
                says=f"{cap.label}，不超过 {cap.at_most}",
                rows=f"/console/indices/{row.id}?indicator={cap.fact}" if cap.fact in ROWS[row.kind] else "",
            )
            for cap in used.caps
            if cap.fact in row.result["caps"]
        ),
        formula=row.formula,
        digest=row.digest,
        computed=short(row.computed_at),
    )


def _months(row: Ranked) -> tuple[Cell, ...]:
    """Return the months of an evaluation as cells, each with the board of the month."""
    return tuple(
        Cell(
            label=month,
            weight=0,
            value=found["score"] or "",
            counted="",
            says="",
            mean="",
            rows=f"/console/indices?month={month}",
            times="",
            times_rows="",
        )
        for month, found in sorted(row.inputs["months"].items())
    )


def _cell(row: Ranked, line: Line) -> Cell:
    quarter = f"&quarter={line.quarter}" if line.quarter else ""
    return Cell(
        label=line.indicator.label,
        weight=line.indicator.weight,
        value="" if line.value is None else f"{float(line.value):.1f}",
        counted="" if line.n is None else f"{line.k}/{line.n}",
        says=f"{line.indicator.numerator} / {line.indicator.denominator}",
        mean=line.mean or "",
        rows=f"/console/indices/{row.id}?indicator={line.indicator.name}{quarter}",
        times="" if line.times_n is None else f"{line.indicator.times_label} {line.times_k}/{line.times_n}",
        times_rows=f"/console/indices/{row.id}?indicator={line.indicator.times}",
    )


def _quarters(row: Ranked) -> tuple[Quarter, ...]:
    """Return the four quarters of a cadre's year in order."""
    lines = lines_of(row)
    return tuple(
        Quarter(
            label=words,
            score=row.result["quarters"].get(name, {}).get("score") or "—",
            cells=tuple(_cell(row, line) for line in lines if line.quarter == name and line.n is not None),
        )
        for name, words in QUARTERS.items()
    )


def _years(at: datetime) -> tuple[str, ...]:
    """Return this year and the last one."""
    year = at.astimezone(SHANGHAI).year
    return (str(year), str(year - 1))


def _evaluated(at: datetime) -> tuple[str, ...]:
    """Return the quarters and years that have begun, of this year and the last one, the newest first."""
    today = at.astimezone(SHANGHAI).date()
    quarters = [
        f"{year}-Q{number}"
        for year in (today.year, today.year - 1)
        for number in (4, 3, 2, 1)
        if (year, 3 * number - 2) <= (today.year, today.month)
    ]
    return (*quarters, *_years(at))


def _last_month(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI).replace(day=1) - timedelta(days=1):%Y-%m}"
