"""Which thresholds an hour of correct dress leads to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.precision.baseline_scores import judged, plan
from models.catalogue.checking import MOST_LAWFUL_SCORE
from models.catalogue.codes import VIOLATION_CODES, Code
from models.catalogue.precision_terms import BaselineOutcome
from models.catalogue.resolving import Effective, as_shipped
from models.domain.baselines import BaselineFinding
from models.domain.precision import Verdict
from tests.unit.alerts.precision.test_proposing import some

HAT: Effective[Code] = as_shipped(VIOLATION_CODES["no_chef_hat"])


def findings(*scores: float, confirmed: bool = False) -> list[BaselineFinding]:
    return [BaselineFinding(code="no_chef_hat", score=score, confirmed=confirmed) for score in scores]


def outcome(
    found: list[BaselineFinding],
    *,
    known: list[Verdict] | None = None,
    effective: Effective[Code] = HAT,
    is_open: bool = False,
) -> tuple[BaselineOutcome, float | None]:
    return judged(found, known=known or [], effective=effective, is_open=is_open, most_lost=0.1)


def in_force(score: float) -> Effective[Code]:
    return replace(HAT, min_score=score)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((0.42, 0.55), (BaselineOutcome.proposed, 0.56)),
        ((0.555,), (BaselineOutcome.proposed, 0.56)),
        ((0.29,), (BaselineOutcome.proposed, 0.3)),  # 0.29 * 100 is 28.999… as a binary fraction
        ((0.79,), (BaselineOutcome.proposed, 0.8)),
        ((0.8,), (BaselineOutcome.too_sure, None)),
        ((0.5, 0.97), (BaselineOutcome.too_sure, None)),
    ],
)
def test_the_least_score_lies_just_above_the_surest_finding_and_below_the_cap(
    scores: tuple[float, ...], expected: tuple[BaselineOutcome, float | None]
) -> None:
    assert outcome(findings(*scores)) == expected


def test_one_finding_that_a_person_confirmed_ends_the_matter() -> None:
    found = [*findings(0.4, 0.4), *findings(0.3, confirmed=True)]
    assert outcome(found) == (BaselineOutcome.confirmed, None)


def test_what_is_in_force_is_not_proposed_again_nor_loosened() -> None:
    assert outcome(findings(0.55), effective=in_force(0.6))[0] is BaselineOutcome.in_force
    assert outcome(findings(0.65), effective=in_force(0.6)) == (BaselineOutcome.proposed, 0.66)


def test_a_score_that_would_lose_confirmed_ones_is_not_proposed() -> None:
    weak, strong = some(2, 0, confirmed=True, score=0.5, hour=9), some(18, 10, confirmed=True, score=0.9, hour=9)
    assert outcome(findings(0.55), known=[*weak, *strong])[0] is BaselineOutcome.proposed
    assert outcome(findings(0.55), known=[*weak, *strong[:17]])[0] is BaselineOutcome.loses_true
    assert outcome(findings(0.55), known=some(9, 0, confirmed=False, score=0.5, hour=9))[0] is BaselineOutcome.proposed


def test_only_one_hour_waits_for_a_decision() -> None:
    assert outcome(findings(0.55), is_open=True) == (BaselineOutcome.open_already, None)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0.01, 0.99))
def test_whatever_is_found_no_proposal_exceeds_the_cap_or_misses_what_it_should_keep_away(
    scores: list[float], now: float
) -> None:
    what, score = outcome(findings(*scores), effective=in_force(now))
    assert (score is not None) == (what is BaselineOutcome.proposed)
    if score is not None:
        assert max(scores) < score <= plan().most_score < MOST_LAWFUL_SCORE
        assert score > now


def test_the_statement_is_about_dress_alone() -> None:
    assert plan().codes <= VIOLATION_CODES.keys()
    assert not plan().codes & {"smoking", "phone_use", "rodent", "insect_pest", "fire_smoke", "trash_lid_open"}
