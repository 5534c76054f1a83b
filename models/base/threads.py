"""Run a role's side work on its own thread."""

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

    Work that fails is logged and starts again; it does not end the main work. When the block ends, with or without an
    error, ``stop`` is set and the thread joined. Otherwise the process would live on without its main work, and no
    supervisor would restart it.
    """

    def keep_on() -> None:
        while not stop.is_set():
            try:
                work()
            except Exception:
                log.exception("failed, starts again", work=name)
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
