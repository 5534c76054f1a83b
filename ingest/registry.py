"""What is registered of the nodes that speak: loaded at their first message, renewed when it changes."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from prometheus_client import Gauge

from ingest.topics import DEVICE_AT, NODE_AT, NODE_LEVEL, Topic
from models.base.away import passing_over
from models.base.errors import Invalid
from models.base.ids import is_slug
from models.domain.devices import Node
from models.store import Read, Store, following
from models.store.devices import Route
from models.store.following import Changes
from models.store.listen import Listener

KNOWN = Gauge("mingchu_registry_known_nodes", "Nodes whose registration is in this process's memory")
CAUGHT_UP = Gauge("mingchu_registry_caught_up_seconds", "When this process last read the registry's changes (epoch)")

MOST_NODES, MOST_DEVICES = 20_000, 100_000
MOST_ABSENT = 10_000
CATCH_UP_S = 1.0
"""Changes are read this often even if no notification arrives, as after a lost connection."""


class WrongAddress(Invalid):
    """The topic does not match the registry."""

    code = "wrong_address"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Held:
    """A node and the ids of its devices, as far as they are registered and not revoked."""

    node: Node
    devices: tuple[str, ...]


class Registry:
    """Nodes and devices that speak, with a bounded memory: the longest silent node is forgotten first.

    `nodes` and `routes` may be read on any thread; a missing id is unknown or not loaded yet. What was loaded is
    renewed when it changes, so a revoked device is missing as soon as `follow` has learnt of it.

    Args:
        store: where the registry is.
        most_nodes: nodes to remember at most; `most_devices` likewise.
    """

    def __init__(self, store: Store, *, most_nodes: int = MOST_NODES, most_devices: int = MOST_DEVICES) -> None:
        self._store, self._most_nodes, self._most_devices = store, most_nodes, most_devices
        self._lock = threading.Lock()
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._absent: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._place: str | None = None
        self.on_change: Callable[[Changes], None] = lambda _: None
        """Called after each change that was learnt, on the thread that follows."""
        self.routes: dict[str, Route] = {}
        self.nodes: dict[str, Node] = {}

    def follow(self, listener: Listener | None, *, stop: threading.Event) -> None:
        """Learn of changes until `stop` is set: at each notification, and every second without any."""
        while not stop.is_set():
            with passing_over():
                self.catch_up()
            if listener is None:
                stop.wait(CATCH_UP_S)
            else:
                listener.wait(CATCH_UP_S)

    def catch_up(self) -> None:
        """Apply what has changed since the last time.

        Raises:
            StoreUnavailable: the database does not answer; what is known stays as it was.
        """
        with self._lock, self._store.read() as r:
            if self._place is None:
                self._place = following.here(r)
            changes = following.changes(r, since=self._place)
            if changes.everything:
                stale: set[str] = set(self._held)
                self._absent.clear()
            else:
                behind = {self.routes[device].node_id for device in changes.devices if device in self.routes}
                stale = {*changes.nodes, *behind} & self._held.keys()
                for kind, ids in (("node", changes.nodes), ("device", changes.devices)):
                    for known in ids:
                        self._absent.pop((kind, known), None)
            self._load(r, stale)
            self._place = changes.here
        if changes.nodes or changes.everything:
            self.on_change(changes)
        CAUGHT_UP.set(time.time())

    def know(self, topics: Iterable[str]) -> None:
        """Load the nodes and devices that some topics name, unless they are known. Asks the database once or twice.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        levels = [topic.split("/") for topic in topics]
        nodes = {node for parts in levels for node in parts[NODE_AT : NODE_AT + 1] if is_slug(node)}
        named = {device for parts in levels for device in parts[DEVICE_AT : DEVICE_AT + 1] if is_slug(device)}
        named.discard(NODE_LEVEL)
        with self._lock:
            for node in nodes & self._held.keys():
                self._held.move_to_end(node)
            missing = self._missing("node", nodes - self._held.keys())
            if missing or self._missing("device", named - self.routes.keys()):
                with self._store.read() as r:
                    self._begin(r)
                    self._load(r, missing)
                    self._load_behind(r, self._missing("device", named - self.routes.keys()))

    def know_sites(self, sites: Collection[str]) -> None:
        """Load the nodes of several sites with their devices.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        with self._lock, self._store.read() as r:
            self._begin(r)
            self._load(r, set(following.nodes_of_sites(r, sites)))

    def forget_sites(self, sites: Collection[str]) -> None:
        """Forget the nodes of several sites."""
        with self._lock:
            for node in [node for node, held in self._held.items() if held.node.site_id in sites]:
                self._forget(node)

    def _begin(self, r: Read) -> None:
        """Note the place before the first load, so that no change after it is missed."""
        if self._place is None:
            self._place = following.here(r)

    def _missing(self, kind: str, ids: Collection[str]) -> set[str]:
        return {one for one in ids if (kind, one) not in self._absent}

    def _load_behind(self, r: Read, ids: set[str]) -> None:
        """Load the nodes of devices that are behind another node than their topic says, to give the right reason."""
        if not ids:
            return
        self._load(r, set(following.nodes_of_devices(r, ids)) - self._held.keys())
        self._note_absent("device", ids - self.routes.keys())

    def _load(self, r: Read, ids: set[str]) -> None:
        """Load or renew some nodes. What is renewed is never missing in between."""
        if not ids:
            return
        found = {node.id: node for node in following.nodes_named(r, ids)}
        routes: dict[str, list[Route]] = {}
        for route in following.routes_of_nodes(r, ids):
            routes.setdefault(route.node_id, []).append(route)
        for node_id in ids:
            node = found.get(node_id)
            if node is None:
                self._forget(node_id)
            else:
                self._hold(node, routes.get(node_id, []))
        self._note_absent("node", ids - found.keys())
        while len(self._held) > self._most_nodes or len(self.routes) > self._most_devices:
            self._forget(next(iter(self._held)))
        KNOWN.set(len(self._held))

    def _hold(self, node: Node, routes: list[Route]) -> None:
        before = self._held.get(node.id)
        self.nodes[node.id] = node
        self.routes.update({route.device_id: route for route in routes})
        self._held[node.id] = _Held(node, tuple(route.device_id for route in routes))
        self._drop_routes(node.id, () if before is None else set(before.devices) - set(self._held[node.id].devices))

    def _forget(self, node_id: str) -> None:
        held = self._held.pop(node_id, None)
        self.nodes.pop(node_id, None)
        self._drop_routes(node_id, () if held is None else held.devices)

    def _drop_routes(self, node_id: str, ids: Iterable[str]) -> None:
        """Drop devices that are not behind this node any more; another node may have taken them over."""
        for device in ids:
            if device in self.routes and self.routes[device].node_id == node_id:
                del self.routes[device]

    def _note_absent(self, kind: str, ids: Iterable[str]) -> None:
        for one in ids:
            self._absent[kind, one] = None
        while len(self._absent) > MOST_ABSENT:
            self._absent.popitem(last=False)

    def node_of(self, topic: Topic) -> Node:
        """Return the node that a topic names.

        Raises:
            WrongAddress: unknown, or registered at another tenant or site.
        """
        node = self.nodes.get(topic.node)
        if node is None:
            raise WrongAddress("unknown_node", f"node {topic.node!r} is not registered, or revoked")
        if node.tenant_id != topic.tenant:
            raise WrongAddress("wrong_tenant", f"node {node.id!r} does not belong to tenant {topic.tenant!r}")
        if node.site_id != topic.site:
            raise WrongAddress("wrong_site", f"node {node.id!r} is not at site {topic.site!r}")
        return node

    def route_of(self, topic: Topic) -> Route:
        """Return the route of the device that a topic names.

        Raises:
            WrongAddress: unknown device, or one behind another node.
        """
        node = self.node_of(topic)
        if topic.device == NODE_LEVEL:
            raise WrongAddress("wrong_device", f"kind {topic.kind!r} needs a device id, not '_'")
        route = self.routes.get(topic.device)
        if route is None:
            raise WrongAddress("unknown_device", f"device {topic.device!r} is not registered")
        if route.node_id != node.id:
            raise WrongAddress("wrong_node", f"device {topic.device!r} is not behind node {node.id!r}")
        return route
