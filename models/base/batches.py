"""Cut a sequence into pieces (`itertools.batched` came with Python 3.12)."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def batched(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """Yield the items in order, `size` at a time, the last piece with what is left.

    >>> list(batched([1, 2, 3], 2))
    [[1, 2], [3]]
    """
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
