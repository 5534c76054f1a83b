"""The tier of an enterprise: every rule is reachable, the first that fits counts, and a special firm rises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.duties.tiers import LEVEL_OF, TIERS, Classified, Facts, after_change, classify, most_small, rules
from models.base.errors import InvalidTransition
from models.catalogue.supervision_terms import BusinessKind, CadreLevel, EntityChangeKind, EntityScale, OperatingState

FACTS = st.builds(
    Facts,
    kind=st.sampled_from(BusinessKind),
    scale=st.none() | st.sampled_from(EntityScale),
    size=st.none() | st.integers(0, 10_000),
    special=st.booleans(),
)


@pytest.mark.parametrize(
    ("facts", "tier", "rule"),
    [
        (Facts(kind=BusinessKind.special_food), "A", "a_special_food"),
        (Facts(kind=BusinessKind.chain_hq, size=1000), "A", "a_chain_hq"),
        (Facts(kind=BusinessKind.chain_hq, size=999), "B", "b_other_meals"),
        (Facts(kind=BusinessKind.central_kitchen, size=1000), "B", "b_other_meals"),
        (Facts(kind=BusinessKind.central_kitchen, size=1001), "A", "a_meals"),
        (Facts(kind=BusinessKind.school_canteen, size=500), "B", "b_school_canteen"),
        (Facts(kind=BusinessKind.school_canteen, size=499), "C", "c_canteen"),
        (Facts(kind=BusinessKind.school_canteen), "C", "c_canteen"),  # an unknown number is below every bound
        (Facts(kind=BusinessKind.nursery_canteen, size=300), "B", "b_nursery_canteen"),
        (Facts(kind=BusinessKind.restaurant, scale=EntityScale.large), "B", "b_large_shop"),
        (Facts(kind=BusinessKind.restaurant, scale=EntityScale.medium), "C", "c_medium_shop"),
        (Facts(kind=BusinessKind.restaurant), "D", "d_small"),
        (Facts(kind=BusinessKind.workshop, scale=EntityScale.large), "D", "d_small"),
    ],
)
def test_the_first_rule_that_fits_counts(facts: Facts, tier: str, rule: str) -> None:
    assert classify(facts) == Classified(tier=tier, rule=rule, raised=False)


def test_a_special_firm_rises_by_one_tier_and_never_above_the_first() -> None:
    wine = Facts(kind=BusinessKind.producer, scale=EntityScale.small, special=True)
    found = classify(wine)
    assert found is not None
    assert (found.tier, found.raised) == ("B", True)
    assert "提级" in found.because
    top = classify(Facts(kind=BusinessKind.special_food, special=True))
    assert top is not None
    assert (top.tier, top.raised) == ("A", False)


def test_without_a_line_of_business_there_is_no_tier() -> None:
    assert classify(Facts(kind=None, scale=EntityScale.large, size=9000)) is None


@given(FACTS)
def test_every_line_of_business_has_a_tier_whatever_else_is_known(facts: Facts) -> None:
    found = classify(facts)
    assert found is not None
    assert found.tier in TIERS


def test_every_rule_decides_for_somebody() -> None:
    every = [
        Facts(kind=kind, scale=scale, size=size)
        for kind in BusinessKind
        for scale in (None, *EntityScale)
        for size in (None, 0, 300, 500, 1000, 1001)
    ]
    decided = {found.rule for facts in every if (found := classify(facts)) is not None}
    assert decided == {rule.id for rule in rules()}


def test_a_tier_belongs_to_the_level_that_supervises_it() -> None:
    assert (LEVEL_OF["A"], LEVEL_OF["D"]) == (CadreLevel.city, CadreLevel.village)
    assert most_small() == 15


@pytest.mark.parametrize(
    ("state", "change", "then"),
    [
        (OperatingState.open, EntityChangeKind.suspend, OperatingState.suspended),
        (OperatingState.open, EntityChangeKind.close, OperatingState.closed),
        (OperatingState.suspended, EntityChangeKind.resume, OperatingState.open),
        (OperatingState.closed, EntityChangeKind.resume, OperatingState.open),
        (OperatingState.open, EntityChangeKind.relocate, OperatingState.open),
        (OperatingState.suspended, EntityChangeKind.owner, OperatingState.suspended),
        (OperatingState.open, EntityChangeKind.resume, None),
        (OperatingState.closed, EntityChangeKind.owner, None),
        (OperatingState.suspended, EntityChangeKind.suspend, None),
        (OperatingState.closed, EntityChangeKind.close, None),
    ],
)
def test_a_registered_change_moves_the_operation(
    state: OperatingState, change: EntityChangeKind, then: OperatingState | None
) -> None:
    if then is None:
        with pytest.raises(InvalidTransition, match="possible from"):
            after_change(state, change)
    else:
        assert after_change(state, change) is then
