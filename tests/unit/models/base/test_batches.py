import doctest

from models.base import batches
from models.base.batches import batched


def test_the_example_holds() -> None:
    assert doctest.testmod(batches).failed == 0


def test_nothing_is_no_piece() -> None:
    assert list(batched([], 3)) == []
