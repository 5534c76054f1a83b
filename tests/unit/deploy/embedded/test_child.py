"""The order of children, and the waits between their restarts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.embedded.child import RESTART, ChildSpec, start_order


def child(name: str, *after: str) -> ChildSpec:
    return ChildSpec(name=name, argv=("true",), after=after)


def test_a_child_comes_after_those_it_needs() -> None:
    order = start_order((child("api", "migrate"), child("migrate", "postgres"), child("postgres"), child("broker")))
    assert [spec.name for spec in order] == ["postgres", "broker", "migrate", "api"]


@pytest.mark.parametrize(
    "specs",
    [
        (child("a", "b"), child("b", "a")),  # a cycle
        (child("a", "stranger"),),
        (child("a", "a"),),
        (child("a"), child("a")),  # the same name twice
    ],
)
def test_needs_that_cannot_be_met_are_refused(specs: tuple[ChildSpec, ...]) -> None:
    with pytest.raises(ValueError, match="child"):
        start_order(specs)


@given(failures=st.integers(1, 10_000), chance=st.floats(0, 1, exclude_max=True))
def test_the_pause_stays_between_0_1_and_15_seconds(failures: int, chance: float) -> None:
    assert 0.1 <= RESTART.wait_s(failures, chance=lambda: chance) <= 15.0


def test_the_pause_doubles_until_its_limit() -> None:
    pauses = [RESTART.wait_s(failures, chance=lambda: 1.0) for failures in range(1, 10)]
    assert pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 15.0, 15.0])
