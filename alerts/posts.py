"""Posts: work of the alerts role that one process does at a time, with the others standing by."""

import threading
from collections.abc import Callable
from typing import Final

import structlog

from models.base.errors import StoreUnavailable
from models.store import Store, Write, leases
from models.store.sharing import TEND_S, Sharing

log = structlog.get_logger()

KIND: Final = "alerts"
"""The kind of work, as leases name it."""
POST_OF: Final = {
    "cameras": "devices",
    "minutes": "devices",
    "dispatch": "upkeep",
    "bright_kitchens": "upkeep",
    "pledge_counts": "upkeep",
    "housekeeping": "upkeep",
    "partitions": "upkeep",
    "proposals": "upkeep",
    "warnings": "upkeep",
    "days_closed": "seal",
    "sealed": "seal",
    "sequenced": "feed",
    "digests": "feed",
}
"""The post that a kind of work belongs to. Every process does the rest: it takes rows that no other has locked."""


class Posts:
    """The posts that this process holds, by leases, renewed on a thread of its own."""

    def __init__(self, store: Store, *, name: str) -> None:
        self._sharing = Sharing(store, kind=KIND, name=name)

    def tend(self) -> None:
        """Renew, and take or leave posts. Work on a post asks for it in each transaction, so none has to be stopped.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        self._sharing.give_back(self._sharing.tend().to_give)

    def run(self, *, stop: threading.Event) -> None:
        """Tend until `stop` is set."""
        while not stop.wait(TEND_S):
            try:
                self.tend()
            except StoreUnavailable as error:
                log.warning("waiting for the database", error=str(error))
                self._sharing.expire()

    def holds(self, post: str) -> bool:
        """Return whether this process holds a post, as far as it knows."""
        return post in self._sharing.held and self._sharing.is_sure

    def require(self, w: Write, work: str) -> None:
        """Check that this process may do a kind of work, and keep it so until the transaction ends.

        Raises:
            LeaseLost: another process holds its post, or may take it.
        """
        if work in POST_OF:
            leases.require(w, kind=KIND, key=POST_OF[work], holder=self._sharing.holder or 0)

    def may(self, work: str) -> bool:
        """Return whether this process does a kind of work: it belongs to no post, or to one that is held."""
        return work not in POST_OF or self.holds(POST_OF[work])

    def while_held(self, post: str, work: Callable[[threading.Event], None], *, stop: threading.Event) -> None:
        """Run `work`, which ends when its event is set, whenever this process holds a post, until `stop` is set."""
        while not stop.is_set():
            if not self.holds(post):
                stop.wait(TEND_S)
                continue
            over = threading.Event()
            thread = threading.Thread(target=work, args=(over,), name=f"post-{post}")
            thread.start()
            while self.holds(post) and thread.is_alive() and not stop.wait(TEND_S):
                pass
            over.set()
            thread.join()

    def end(self) -> None:
        """Give everything back, so that others take over at once."""
        self._sharing.end()
