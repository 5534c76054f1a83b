"""Places of regions: the tie-break, and which are the last three."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.indices.ranking import is_last, places


def result(score: str | None, rectified: str | None = None, supervised: str | None = None) -> dict[str, Any]:
    return {"score": score, "values": {"rectified": rectified, "supervised": supervised}}


def test_ties_are_broken_by_rectification_then_by_supervision() -> None:
    found = places(
        {
            "a": result("80.00", "70.0000", "90.0000"),
            "b": result("80.00", "70.0000", "95.0000"),
            "c": result("80.00", "100.0000", None),
            "d": result("9.50"),
            "e": result(None),
            "f": result("9.50"),
        }
    )
    assert found == {"c": 1, "b": 2, "a": 3, "d": 4, "f": 4}


@pytest.mark.parametrize(
    ("place", "of", "last"),
    [(6, 6, True), (4, 6, True), (3, 6, False), (2, 4, True), (1, 4, False), (3, 3, False), (None, 6, False)],
)
def test_the_last_three_are_marked(place: int | None, of: int, last: bool) -> None:  # noqa: FBT001 - the expectation
    assert is_last(place, of) is last


@given(st.dictionaries(st.text("abc", max_size=3), st.decimals("0", "100", places=2), max_size=9))
def test_a_better_index_has_a_better_place(scores: dict[str, Any]) -> None:
    found = places({name: result(str(score)) for name, score in scores.items()})
    assert all((scores[one] > scores[other]) == (found[one] < found[other]) for one in found for other in found)
