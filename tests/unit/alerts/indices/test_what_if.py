"""Other weights on stored inputs: the sum stays, places follow the scores, nothing else changes."""

from decimal import Decimal

import pytest

from alerts.indices.formula_files import CURRENT, formula
from alerts.indices.what_if import _places, reweighted
from models.base.errors import Invalid
from models.catalogue.index_terms import IndexKind

USED = formula(CURRENT[IndexKind.entity])


def test_weights_move_and_everything_else_stays() -> None:
    new = reweighted(USED, {"rectified": 30, "day": 5})
    weights = {one.name: one.weight for one in new.indicators}
    assert (weights["rectified"], weights["day"], sum(weights.values())) == (30, 5, 100)
    assert (new.bands, new.caps, new.enough, new.version) == (USED.bands, USED.caps, USED.enough, USED.version)
    assert reweighted(USED, {}) == USED


def test_a_weight_of_nothing_leaves_an_indicator_out() -> None:
    new = reweighted(USED, {"online": 0, "rectified": 30})
    assert next(one.weight for one in new.indicators if one.name == "online") == 0


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"smell": 5}, "'smell' is no indicator"),
        ({"day": 20}, "all together 105, expected 100"),
        ({"day": -5, "rectified": 40}, "'day' is negative"),
    ],
)
def test_wrong_weights_are_refused_in_words(weights: dict[str, int], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        reweighted(USED, weights)


def test_equal_scores_share_a_place_and_none_has_none() -> None:
    assert _places([Decimal(80), None, Decimal(90), Decimal(80), Decimal(70)]) == [2, None, 1, 2, 4]
    assert _places([]) == []
