"""One batch is decoded while the one before it is judged; order and pictures stay together."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.support.waiting import GENEROUS_S
from vision.pictures.decode import Picture
from vision.pipeline.decoding import Ahead


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield pool


def picture_of(number: int) -> Picture | None:
    return None if number == 3 else np.full((1, 1, 3), number, np.uint8)


def test_batches_are_in_order_with_their_pictures_and_broken_ones_are_none(pool: ThreadPoolExecutor) -> None:
    batches = iter([[1, 2], [3], [4, 5]])
    ahead = Ahead(lambda _: next(batches, []), picture_of, pool)
    given = [ahead.next(timeout_s=0) for _ in range(4)]
    numbers = [[(item, None if p is None else int(p[0, 0, 0])) for item, p in batch] for batch in given]
    assert numbers == [[(1, 1), (2, 2)], [(3, None)], [(4, 4), (5, 5)], []]


def test_the_next_batch_is_decoded_before_it_is_asked_for(pool: ThreadPoolExecutor) -> None:
    decoded = threading.Event()
    batches = iter([[1], [2]])

    def decode(number: int) -> Picture | None:
        if number == 2:
            decoded.set()
        return picture_of(number)

    Ahead(lambda _: next(batches, []), decode, pool).next(timeout_s=0)
    assert decoded.wait(GENEROUS_S)


def test_it_waits_only_when_there_is_nothing(pool: ThreadPoolExecutor) -> None:
    waits: list[float] = []
    batches = iter([[1], [], [], [2]])

    def take(seconds: float) -> list[int]:
        waits.append(seconds)
        return next(batches, [])

    ahead = Ahead(take, picture_of, pool)
    assert [len(ahead.next(timeout_s=0.2)) for _ in range(3)] == [1, 0, 1]
    assert waits == [0.2, 0.0, 0.2, 0.2, 0.0]
