import doctest

from hypothesis import given
from hypothesis import strategies as st

from models.domain import leases
from models.domain.leases import Holder, share_of, surplus

HOLDERS = st.lists(
    st.builds(
        Holder,
        id=st.integers(1, 10**6),
        held=st.integers(0, 10**5),
        weight=st.floats(0.05, 1, allow_nan=False),
    ),
    min_size=1,
    max_size=20,
    unique_by=lambda holder: holder.id,
)


def test_the_example_holds() -> None:
    assert doctest.testmod(leases).failed == 0


@given(holders=HOLDERS, free=st.integers(0, 10**5))
def test_the_shares_add_up_to_everything(holders: list[Holder], free: int) -> None:
    shares = [share_of(holder.id, holders, free=free) for holder in holders]
    assert sum(shares) == free + sum(holder.held for holder in holders)
    assert min(shares) >= 0


def test_equal_holders_get_equal_shares_and_an_overloaded_one_less() -> None:
    equal = [Holder(id=n, held=2 if n < 3 else 0) for n in (1, 2, 3)]
    assert sorted(share_of(n, equal, free=0) for n in (1, 2, 3)) == [1, 1, 2]
    loaded = [Holder(id=1, held=100, weight=0.5), Holder(id=2, held=100)]
    assert share_of(1, loaded, free=0) == 67


def test_a_small_excess_stays_where_it_is() -> None:
    assert surplus(2, 1) == 1
    assert surplus(105, 100) == 0
    assert surplus(106, 100) == 6
