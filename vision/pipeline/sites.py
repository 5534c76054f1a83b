"""The sites whose cameras this process judges: taken by leases, left to others, taken over from the dead."""

import threading
from collections.abc import Collection

import structlog

from ingest.links import Links
from ingest.registry import Registry
from ingest.topics import frames_of_site
from models.base.away import passing_over
from models.base.errors import StoreUnavailable
from models.store import Write, leases
from models.store.devices import Route
from models.store.sharing import TEND_S, Change, Sharing
from vision.pipeline.pipeline import Pipeline
from vision.pipeline.storing import Recorder

log = structlog.get_logger()

KIND = "vision"
"""The kind of work, as leases name it. A share is a site with a camera: `tenant/site`."""
OVERLOAD = 0.05
"""Share of frames lost for want of time beyond which a process asks for fewer sites."""
_LESS, _MORE, _LEAST = 0.8, 1.02, 0.1
_WEIGH_EVERY = 10
"""Rounds between two looks at the load."""


def require_site(sharing: Sharing, w: Write, route: Route) -> None:
    """Check that this process judges a camera's site, and keep it so until the transaction ends.

    Raises:
        LeaseLost: another process does.
    """
    leases.require(w, kind=KIND, key=f"{route.tenant_id}/{route.site_id}", holder=sharing.holder or 0)


class Sites:
    """Follows the leases: loads a site's cameras, takes up what is open there, and asks the broker for its frames."""

    def __init__(
        self, sharing: Sharing, *, registry: Registry, recorder: Recorder, pipeline: Pipeline, link: Links
    ) -> None:
        self._sharing, self._registry, self._recorder = sharing, registry, recorder
        self._pipeline, self._link = pipeline, link
        self._begun: set[str] = set()
        self._rounds, self._judged, self._dropped = 0, 0, 0

    def run(self, *, stop: threading.Event) -> None:
        """Follow the leases until `stop` is set."""
        while not stop.wait(TEND_S):
            try:
                self.tend_or_raise()
            except StoreUnavailable as error:
                log.warning("waiting for the database", error=str(error))
                self._apply(self._sharing.expire())

    def tend_or_raise(self) -> None:
        """Do one round.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        self._weigh()
        self._apply(self._sharing.tend())
        new = self._sharing.held - self._begun
        if new:
            self._begin(new)

    def _apply(self, change: Change) -> None:
        self._leave(change.lost & self._begun)
        if change.to_give:
            self._leave(change.to_give & self._begun)
            self._sharing.give_back(change.to_give)

    def _begin(self, keys: Collection[str]) -> None:
        sites = {key.partition("/")[2] for key in keys}
        self._registry.know_sites(sites)
        left, faults = self._recorder.left_open(sites)
        learnt = self._recorder.learnt(sites)
        if left or faults or learnt:
            self._pipeline.soon(lambda: self._pipeline.take_up(left, faults, learnt))
        self._link.subscribe({frames_of_site(*key.split("/", 1)): 0 for key in keys})
        self._begun |= set(keys)

    def _leave(self, keys: Collection[str]) -> None:
        """Stop judging sites without ending what is open there."""
        if not keys:
            return
        sites = {key.partition("/")[2] for key in keys}
        self._link.unsubscribe([frames_of_site(*key.split("/", 1)) for key in keys])
        self._pipeline.soon(lambda: self._pipeline.leave(sites))
        self._registry.forget_sites(sites)
        self._begun -= set(keys)

    def _weigh(self) -> None:
        """Ask for fewer sites while frames are lost for want of time, and slowly for more again."""
        self._rounds += 1
        if self._rounds % _WEIGH_EVERY:
            return
        taken, dropped = self._pipeline.mailbox.taken, self._pipeline.mailbox.dropped
        new, lost = taken - self._judged, dropped - self._dropped
        self._judged, self._dropped = taken, dropped
        overloaded = lost > OVERLOAD * (new + lost)
        weight = self._sharing.weight * (_LESS if overloaded else _MORE)
        self._sharing.weight = min(1.0, max(_LEAST, weight))

    def end(self) -> None:
        """Give everything back, so that others take over at once; what is open stays open."""
        with passing_over():
            self._sharing.end()
