"""One partition of intake while this process owns it: its session at the broker, its queue and its thread."""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import structlog

from ingest.intake.intake import RECEIVE_MAXIMUM, Intake
from ingest.intake.reception import Reception
from ingest.intake.whereabouts import Whereabouts
from ingest.links import Links
from ingest.mqtt import Incoming, Login
from ingest.partitions import KIND, PartitionKey, filters_of, is_replayed, session_of, whole_filters
from ingest.registry import Registry
from models.base.clock import Clock
from models.base.errors import LeaseLost
from models.base.metrics import READY
from models.store import Store, Write, following, leases

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What every partition of a process works with. `answered` takes the answers of nodes to commands, by command."""

    store: Store
    registry: Registry
    login: Login
    clock: Clock
    obsolete: tuple[str, ...] = ()


class Partition:
    """Takes in what the nodes of one partition send, as long as the lease is held.

    The session at each broker outlives its owners: whoever connects with its client id gets what was queued.
    """

    def __init__(
        self,
        key: PartitionKey,
        means: Means,
        *,
        holder: int,
        answered: Mapping[str, Callable[[Incoming], None]],
    ) -> None:
        self.key, self._means, self._holder = key, means, holder
        self._stop, self._gone = threading.Event(), threading.Event()
        self.intake = Intake(
            means.store, clock=means.clock, replica=str(key), registry=means.registry, fence=self._fence
        )
        reception = Reception(self.intake, answered=answered)
        self.link = Links(
            replace(means.login, client_id=session_of(means.login.client_id, key)),
            obsolete=means.obsolete if key.is_whole else (),
            on_message=reception.take,
            on_connected=lambda: READY.set(1),
            receive_maximum=RECEIVE_MAXIMUM,
            replayed=is_replayed,
        )
        reception.link = self.link
        reception.whereabouts = Whereabouts(self.link) if self.link.are_several else None
        self._thread = threading.Thread(target=self._run, name=f"intake-{key}", daemon=True)

    def open(self) -> None:
        """Ask for the nodes' messages, and begin.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        self.link.subscribe(whole_filters() if self.key.is_whole else filters_of(self._nodes()))
        self._thread.start()
        log.info("partition opened", partition=str(self.key))

    def _nodes(self, ids: Collection[str] | None = None) -> set[str]:
        with self._means.store.read() as r:
            return following.nodes_in_slots(r, index=self.key.index, count=self.key.count, ids=ids)

    def changed(self, ids: Collection[str] | None) -> None:
        """Take up nodes that are new and let go of those that are revoked; None: any may have changed."""
        if self.key.is_whole:
            return
        nodes = self._nodes(ids)
        self.link.subscribe(filters_of(nodes))
        if ids is not None:
            self.link.unsubscribe(list(filters_of(set(ids) - nodes)))

    def _fence(self, w: Write) -> None:
        """Refuse to write for a partition that another process may own by now."""
        if self._gone.is_set():
            raise LeaseLost(f"partition {self.key} was given up")
        leases.require(w, kind=KIND, key=str(self.key), holder=self._holder)

    def _run(self) -> None:
        try:
            with self.link:
                self.intake.run(self.link, stop=self._stop)
        except LeaseLost as error:
            log.warning("partition lost", partition=str(self.key), error=str(error))
        except Exception:
            log.exception("partition failed", partition=str(self.key))
        finally:
            self._gone.set()

    @property
    def is_running(self) -> bool:
        """Whether its thread runs: it has been opened, and has not ended."""
        return self._thread.is_alive()

    def abandon(self) -> None:
        """Stop without storing anything more: another process may be the owner."""
        self._gone.set()
        self._stop.set()

    def close(self) -> None:
        """Store what has been received, disconnect, and end."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
