"""The formula of an index: bounds, monotony, the same digits for any order, and what a cap or little data does."""

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.indices.formula import (
    Count,
    Inputs,
    evaluate,
    first_difference,
    median_density,
    sum_of,
)
from alerts.indices.formula_files import formula
from alerts.indices.outcomes import outcome
from models.base.errors import Invalid
from models.base.jsonio import dumps, loads
from models.catalogue.index_terms import IndexBand

ENTITY = formula("entity.2026.1")
RATIOS = [one.name for one in ENTITY.indicators if one.method != "intensity"]


def inputs(
    counts: dict[str, tuple[int, int]],
    means: dict[str, tuple[int, int]] | None = None,
    *,
    median: str | None = "2",
    **facts: int,
) -> Inputs:
    return Inputs(
        counts={name: Count(k=k, n=n) for name, (k, n) in counts.items()},
        means={name: Count(k=k, n=n) for name, (k, n) in (counts if means is None else means).items()},
        median=None if median is None else Decimal(median),
        facts=facts,
    )


def perfect() -> dict[str, tuple[int, int]]:
    return dict.fromkeys(RATIOS, (20, 20)) | {"intensity": (0, 6000)}


@st.composite
def some_inputs(draw: st.DrawFn) -> Inputs:
    counts = {}
    for name in RATIOS:
        n = draw(st.integers(0, 50_000))
        counts[name] = (draw(st.integers(0, n)), n)
    counts["intensity"] = (draw(st.integers(0, 10_000)), draw(st.integers(0, 50_000)))
    means = {}
    for name, (k, n) in counts.items():
        more = draw(st.integers(0, 5_000))
        means[name] = (k + draw(st.integers(0, more)), n + more)
    median = draw(st.none() | st.decimals("0", "1000", places=6))
    facts = {"critical_overdue": draw(st.integers(0, 3))}
    return inputs(counts, means, median=None if median is None else str(median), **facts)


@given(some_inputs())
def test_an_index_is_bounded_and_its_band_fits(found: Inputs) -> None:
    result = evaluate(ENTITY, found)
    assert all(value is None or 0 <= value <= 100 for value in result.values.values())
    assert (result.score is None) == (result.available < 60) == (result.band is IndexBand.insufficient)
    if result.score is not None:
        assert 0 <= result.score <= 100
        assert not found.facts["critical_overdue"] or result.score <= 59
        limits = {IndexBand.green: 90, IndexBand.blue: 75, IndexBand.yellow: 60, IndexBand.red: 0}
        assert result.score >= limits[result.band]


@given(some_inputs(), st.sampled_from(RATIOS))
def test_one_more_thing_done_never_lowers_the_index(found: Inputs, name: str) -> None:
    count = found.counts[name]
    if count.k == count.n:
        return
    better = Inputs(
        counts={**found.counts, name: Count(k=count.k + 1, n=count.n)},
        means=found.means,
        median=found.median,
        facts=found.facts,
    )
    before, after = evaluate(ENTITY, found), evaluate(ENTITY, better)
    assert (before.score is None) == (after.score is None)
    assert before.score is None or after.score is None or after.score >= before.score


@given(some_inputs())
def test_one_more_violation_never_raises_the_index(found: Inputs) -> None:
    count = found.counts["intensity"]
    worse = Inputs(
        counts={**found.counts, "intensity": Count(k=count.k + 10, n=count.n)},
        means=found.means,
        median=found.median,
        facts=found.facts,
    )
    before, after = evaluate(ENTITY, found).score, evaluate(ENTITY, worse).score
    assert before is None or after is None or after <= before


@given(some_inputs(), st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_changes_no_digit(found: Inputs, random: Random) -> None:
    def shuffled(counts: dict[str, Count]) -> dict[str, Count]:
        names = list(counts)
        random.shuffle(names)
        return {name: counts[name] for name in names}

    other = Inputs(
        counts=shuffled(dict(found.counts)),
        means=shuffled(dict(found.means)),
        median=found.median,
        facts=found.facts,
    )
    first, second = evaluate(ENTITY, found), evaluate(ENTITY, other)
    assert first.as_json() == second.as_json()
    assert outcome(ENTITY, found.as_json()) == outcome(ENTITY, other.as_json())


@given(some_inputs())
def test_stored_inputs_give_the_same_digest(found: Inputs) -> None:
    read = Inputs.of_json(loads(dumps(found.as_json())))
    assert outcome(ENTITY, read.as_json()).digest == outcome(ENTITY, found.as_json()).digest


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 50_000)), max_size=9), st.randoms(use_true_random=False))
def test_means_and_the_median_do_not_depend_on_the_order(rows: list[tuple[int, int]], random: Random) -> None:
    counts = [Count(k=k, n=n) for k, n in rows]
    other = list(counts)
    random.shuffle(other)
    assert sum_of(counts) == sum_of(other)
    assert median_density(counts) == median_density(other)


def test_all_done_is_a_hundred_and_green() -> None:
    result = evaluate(ENTITY, inputs(perfect()))
    assert (result.score, result.band, result.available) == (Decimal("100.00"), IndexBand.green, 100)


def test_a_ratio_of_few_is_drawn_to_the_mean_of_the_city() -> None:
    found = inputs(perfect() | {"rectified": (0, 1)}, perfect() | {"rectified": (80, 100)})
    # Nothing of 1, and 8 of the 10 that the mean stands for: 8/11.
    assert evaluate(ENTITY, found).values["rectified"] == Decimal("72.7273")
    many = inputs(perfect() | {"rectified": (0, 90)}, perfect() | {"rectified": (80, 100)})
    assert evaluate(ENTITY, many).values["rectified"] == Decimal("8.0000")


def test_posts_are_no_sample_and_are_not_shrunk() -> None:
    found = inputs(perfect() | {"posts": (1, 2)}, perfect() | {"posts": (200, 200)})
    assert evaluate(ENTITY, found).values["posts"] == Decimal("50.0000")


@pytest.mark.parametrize(
    ("points", "minutes", "median", "value"),
    [
        (0, 6000, "2", "100.0000"),
        (2, 6000, "2", "36.7879"),  # d = d0: exp(-1)
        (1, 6000, "0.2", "36.7879"),  # the median counts as at least 1
        (1, 6000, None, "36.7879"),
        (10_000, 60, "2", "0.0000"),
        (0, 0, "2", None),
    ],
)
def test_violations_weigh_by_camera_hours(points: int, minutes: int, median: str | None, value: str | None) -> None:
    found = evaluate(ENTITY, inputs(perfect() | {"intensity": (points, minutes)}, median=median)).values["intensity"]
    assert (None if found is None else str(found)) == value


def test_too_little_known_is_no_index() -> None:
    known = {"day": (9, 9), "acknowledged": (9, 9), "rectified": (9, 9)}
    little = evaluate(ENTITY, inputs(known))
    assert (little.score, little.band, little.available) == (None, IndexBand.insufficient, 50)
    enough = evaluate(ENTITY, inputs(known | {"first_pass": (9, 9)}))
    assert (enough.score, enough.available) == (Decimal("100.00"), 60)


def test_a_kitchen_that_is_watched_and_clean_is_not_short_of_data() -> None:
    known = {"day": (31, 31), "week": (4, 4), "month": (1, 1), "online": (9, 9), "posts": (2, 2)}
    means = known | {"acknowledged": (8, 10), "rectified": (9, 10), "first_pass": (7, 10), "intensity": (9, 6000)}
    clean = evaluate(ENTITY, inputs(known | {"intensity": (0, 6000)}, means))
    assert clean.available == 100
    assert (clean.values["rectified"], clean.values["acknowledged"]) == (Decimal("90.0000"), Decimal("80.0000"))
    unwatched = evaluate(ENTITY, inputs(known, means))
    assert (unwatched.values["rectified"], unwatched.available, unwatched.score) == (None, 45, None)
    nobody = evaluate(ENTITY, inputs(known | {"intensity": (0, 6000)}))
    assert (nobody.values["rectified"], nobody.available) == (None, 55)


def test_a_cap_limits_and_is_named() -> None:
    capped = evaluate(ENTITY, inputs(perfect(), critical_overdue=2))
    assert (capped.score, capped.band, capped.caps) == (Decimal("59.00"), IndexBand.red, ("critical_overdue",))
    assert evaluate(ENTITY, inputs(perfect(), critical_overdue=0)).caps == ()


@pytest.mark.parametrize("count", [(3, 2), (-1, 2), (-2, -1)])
def test_a_wrong_count_is_refused(count: tuple[int, int]) -> None:
    with pytest.raises(Invalid, match=r"day: k = .*expected 0 <= k <= n"):
        evaluate(ENTITY, inputs(perfect() | {"day": count}, perfect()))


def test_the_median_of_an_even_number_lies_between() -> None:
    assert median_density([Count(k=1, n=6000), Count(k=2, n=6000), Count(k=9, n=0)]) == Decimal("1.500000")
    assert median_density([Count(k=1, n=0)]) is None


def test_the_first_difference_is_named() -> None:
    assert first_difference({"a": 1, "b": {"c": [1]}}, {"b": {"c": [1]}, "a": 1}) is None
    assert first_difference({"b": {"d": 1, "c": 2}}, {"b": {"d": 2, "c": 3}}) == "b.c: stored 2, computed 3"
    assert first_difference({}, {"x": 1}) == "x: stored None, computed 1"


REGION = formula("region.2026.3")


@pytest.mark.parametrize(
    ("counts", "means", "value"),
    [
        ({"online": (90, 100)}, {"online": (90, 100)}, "90.0000"),  # nobody is expected to connect
        ({"online": (100, 100), "connected": (1, 2)}, {"online": (100, 100), "connected": (1, 2)}, "50.0000"),
        ({"online": (90, 100), "connected": (1, 2)}, {"online": (90, 100), "connected": (1, 2)}, "45.0000"),
        # (1 + 10 * 3/4) / (2 + 10) = 17/24
        ({"online": (100, 100), "connected": (1, 2)}, {"online": (100, 100), "connected": (3, 4)}, "70.8333"),
        # no camera at all: the city's rate of those online, and (0 + 10 * 1/2) / (4 + 10) = 5/14 of it
        ({"connected": (0, 4)}, {"online": (80, 100), "connected": (4, 8)}, "28.5714"),
        ({"connected": (0, 4)}, {"connected": (0, 8)}, "0.0000"),
        ({}, {"online": (80, 100)}, None),
    ],
)
def test_what_is_online_counts_as_far_as_those_are_connected_who_should(
    counts: dict[str, tuple[int, int]], means: dict[str, tuple[int, int]], value: str | None
) -> None:
    found = evaluate(REGION, inputs(counts, means, median=None)).values["online"]
    assert (None if found is None else str(found)) == value


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 50), st.integers(1, 50))
def test_one_more_who_connects_never_lowers_it(k: int, n: int, more: int, all_of: int) -> None:
    k, more = min(k, n - 1), min(more, all_of)
    values = [
        evaluate(
            REGION, inputs({"online": (more, all_of), "connected": (one, n)}, {"online": (1, 2), "connected": (k, n)})
        ).values["online"]
        for one in (k, k + 1)
    ]
    assert values[0] is not None
    assert values[1] is not None
    assert 0 <= values[0] <= values[1] <= 100


def test_a_count_of_a_factor_is_checked_as_any_other() -> None:
    with pytest.raises(Invalid, match="online: k = 3, n = 2"):
        evaluate(REGION, inputs({"online": (1, 1), "connected": (3, 2)}))
