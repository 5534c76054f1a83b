"""Wait for a database or an evidence store that does not answer, without losing the present work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import structlog

from models.base.errors import EvidenceStoreAway, StoreUnavailable

log = structlog.get_logger()
T = TypeVar("T")

AWAY = (StoreUnavailable, EvidenceStoreAway)
PAUSE_S = 1.0


def until_there(work: Callable[[], T], *, stop: threading.Event, **context: object) -> T | None:
    """Do the work, and repeat it each second while the database or the evidence store does not answer.

    Returns:
        The result of the work; None if `stop` was set first.
    """
    while not stop.is_set():
        try:
            return work()
        except AWAY as error:
            log.warning("waiting for the database or the evidence store", error=str(error), **context)
            stop.wait(PAUSE_S)
    return None


@contextmanager
def passing_over(*, stop: threading.Event | None = None) -> Iterator[None]:
    """Skip a round of periodic work while the database or the evidence store does not answer."""
    try:
        yield
    except AWAY as error:
        log.warning("waiting for the database or the evidence store", error=str(error))
        if stop is not None:
            stop.wait(PAUSE_S)
