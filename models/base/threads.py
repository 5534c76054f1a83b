"""Work that a role does beside its main work, on a thread of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

AGAIN_AFTER_S = 5.0
log = structlog.get_logger()


@contextmanager
def beside(
    work: Callable[[], None], *, stop: threading.Event, name: str, again_after_s: float = AGAIN_AFTER_S
) -> Iterator[None]:
    """Run ``work``, which ends when ``stop`` is set, on a thread while the block runs.

    Work that fails is told in the log and begins again: it is not worth the main work. When the block ends, by an
    error too, ``stop`` is set and the thread waited for; else the process would live on without its main work, and
    nobody would start it again.
    """

    def keep_on() -> None:
        while not stop.is_set():
            try:
                work()
            except Exception:
                log.exception("failed, begins again", work=name)
                stop.wait(again_after_s)
            else:
                return

    thread = threading.Thread(target=keep_on, name=name)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
