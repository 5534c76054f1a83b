"""Decode frames one batch ahead: while a batch is judged, the next one is decoded, so that no core is idle."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from vision.pictures.decode import Picture

T = TypeVar("T")


class Ahead(Generic[T]):
    """Returns batches with their pictures, in order of arrival.

    Args:
        take: returns what is waiting, at most a batch; waits up to the given number of seconds for it.
        decode: returns one item's picture; None = it is broken.
    """

    def __init__(
        self,
        take: Callable[[float], Sequence[T]],
        decode: Callable[[T], Picture | None],
        pool: ThreadPoolExecutor,
    ) -> None:
        self._take, self._decode, self._pool = take, decode, pool
        self._coming: list[tuple[T, Future[Picture | None]]] = []

    def next(self, *, timeout_s: float) -> list[tuple[T, Picture | None]]:
        """Return the next batch, empty after `timeout_s` without items; begin to decode the one after it."""
        current = self._coming or self._begun(timeout_s)
        self._coming = self._begun(0.0) if current else []
        return [(item, future.result()) for item, future in current]

    def _begun(self, timeout_s: float) -> list[tuple[T, Future[Picture | None]]]:
        return [(item, self._pool.submit(self._decode, item)) for item in self._take(timeout_s)]
