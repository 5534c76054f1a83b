from hypothesis import given
from hypothesis import strategies as st

from models.base.backoff import Backoff


@given(st.integers(1, 10_000), st.floats(0, 1), st.floats(0.1, 5), st.floats(5, 600))
def test_a_wait_is_between_half_the_first_and_the_longest(
    failures: int, chance: float, first: float, longest: float
) -> None:
    wait = Backoff(first_s=first, longest_s=longest).wait_s(failures, chance=lambda: chance)
    assert first / 2 <= wait <= longest


def test_waits_double_until_the_longest() -> None:
    backoff = Backoff(first_s=2, longest_s=30)
    assert [backoff.wait_s(n, chance=lambda: 1.0) for n in range(1, 7)] == [2, 4, 8, 16, 30, 30]
