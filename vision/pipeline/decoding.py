"""Frames decoded one batch ahead: while a batch is judged the next one is decoded, so that no core waits."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from vision.pictures.decode import Picture

T = TypeVar("T")


class Ahead(Generic[T]):
    """Gives batches with their pictures, in the order in which they came.

    Args:
        take: gives what is waiting (at most a batch), and waits for it as many seconds as it is told.
        decode: one item's picture; None = broken.
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
        """The next batch; empty if nothing came within `timeout_s`. The one after it begins to be decoded."""
        current = self._coming or self._begun(timeout_s)
        self._coming = self._begun(0.0) if current else []
        return [(item, future.result()) for item, future in current]

    def _begun(self, timeout_s: float) -> list[tuple[T, Future[Picture | None]]]:
        return [(item, self._pool.submit(self._decode, item)) for item in self._take(timeout_s)]
