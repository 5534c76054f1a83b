"""A cadre's year: the mean of the quarters that have an index, and what keeps it from the best band."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.indices.formula import Count, Inputs
from alerts.indices.formula_files import formula
from alerts.indices.outcomes import outcome, year_inputs
from models.catalogue.index_terms import IndexBand

CADRE = formula("cadre.2026.1")


def quarter(done: tuple[int, int], quality: tuple[int, int] = (0, 0), closed: tuple[int, int] = (0, 0)) -> Inputs:
    rows = {"done": done, "quality": quality, "closed": closed}
    return Inputs(counts={name: Count(k=k, n=n) for name, (k, n) in rows.items()}, means={}, median=None, facts={})


def test_a_year_is_the_mean_of_its_quarters() -> None:
    found = outcome(CADRE, year_inputs({"q1": quarter((4, 4), (4, 4), (4, 4)), "q2": quarter((3, 4))}, {}))
    assert (found.score, found.band) == (Decimal("87.50"), IndexBand.blue)
    assert found.result["quarters"]["q2"]["score"] == "75.00"
    assert CADRE.band_label(found.band) == "良好"


def test_since_2026_2_a_quarter_counts_a_training() -> None:
    used = formula("cadre.2026.2")
    rows = {"done": (4, 4), "quality": (4, 4), "closed": (4, 4)}
    without, with_it, unknown = (
        Inputs(
            counts={name: Count(k=k, n=n) for name, (k, n) in {**rows, **more}.items()}, means={}, median=None, facts={}
        )
        for more in ({"trained": (0, 1)}, {"trained": (1, 1)}, {})
    )
    scores = [outcome(used, year_inputs({"q1": one}, {})) for one in (without, with_it, unknown)]
    assert [str(one.score) for one in scores] == ["94.44", "100.00", "100.00"]
    assert [one.result["available"] for one in scores] == [90, 90, 85]
    alone = quarter((0, 0))
    only = Inputs(counts={**alone.counts, "trained": Count(k=1, n=1)}, means={}, median=None, facts={})
    assert outcome(used, year_inputs({"q1": only}, {})).score is None, "a training alone makes no index"


def test_since_2026_3_a_quarter_counts_help_too() -> None:
    used = formula("cadre.2026.3")
    rows = {"done": (4, 4), "quality": (4, 4), "closed": (4, 4), "trained": (1, 1)}
    found = [
        outcome(
            used,
            year_inputs(
                {
                    "q1": Inputs(
                        counts={name: Count(k=k, n=n) for name, (k, n) in {**rows, "helped": helped}.items()},
                        means={},
                        median=None,
                        facts={},
                    )
                },
                {},
            ),
        )
        for helped in ((0, 1), (1, 1))
    ]
    assert [(str(one.score), one.result["available"]) for one in found] == [("90.00", 100), ("100.00", 100)]


def test_who_makes_no_visit_has_nothing_and_not_too_little_data() -> None:
    found = outcome(CADRE, year_inputs({"q1": quarter((0, 4))}, {}))
    assert (found.score, found.band) == (Decimal("0.00"), IndexBand.red)


def test_without_anything_due_there_is_no_index() -> None:
    found = outcome(CADRE, year_inputs({"q1": quarter((0, 0)), "q2": quarter((0, 0), (2, 2))}, {}))
    assert (found.score, found.band) == (None, IndexBand.insufficient)


@pytest.mark.parametrize(
    ("fourth", "late", "score", "band", "caps"),
    [
        ((20, 20), 0, "100.00", "green", []),
        ((12, 20), 0, "90.00", "green", []),  # a quarter of exactly 60 is none below it
        ((20, 20), 1, "89.99", "blue", ["late_15"]),
    ],
)
def test_what_keeps_a_cadre_from_the_best_band(
    fourth: tuple[int, int], late: int, score: str, band: str, caps: list[str]
) -> None:
    quarters = {name: quarter((20, 20)) for name in ("q1", "q2", "q3")} | {"q4": quarter(fourth)}
    found = outcome(CADRE, year_inputs(quarters, {"late_15": late}))
    assert (str(found.score), found.band.value, found.result["caps"]) == (score, band, caps)


def test_a_weak_quarter_is_named() -> None:
    weak = {name: quarter((100, 100)) for name in ("q1", "q2", "q3")} | {"q4": quarter((59, 100))}
    found = outcome(CADRE, year_inputs(weak, {}))
    assert (str(found.score), found.result["caps"]) == ("89.75", ["weak_quarter"])


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=4))
def test_a_year_lies_between_its_quarters_unless_it_is_capped(rows: list[tuple[int, int]]) -> None:
    quarters = {f"q{number}": quarter((min(row), max(row))) for number, row in enumerate(rows, 1)}
    found = outcome(CADRE, year_inputs(quarters, {}))
    scores = [Decimal(one["score"]) for one in found.result["quarters"].values() if one["score"] is not None]
    assert (found.score is None) == (scores == [])
    if found.score is not None and not found.result["caps"]:
        assert min(scores) <= found.score <= max(scores)
    again = outcome(CADRE, year_inputs(dict(reversed(quarters.items())), {}))
    assert again == found
