"""Intake's short-lived copy of the registry, so that a message costs no query."""

import threading
import time

from ingest.topics import NODE_LEVEL, Topic
from models.base.errors import Invalid
from models.domain.devices import Node
from models.store import Store, devices
from models.store.devices import Route


class WrongAddress(Invalid):
    """The topic does not match the registry."""

    code = "wrong_address"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Registry:
    """A copy of nodes and devices, renewed when it is old, or when an unknown sender appears.

    Args:
        max_age_s: a change takes effect within this time.
        min_age_s: shortest time between renewals for unknown ids, so that garbage can't flood the database.
    """

    def __init__(self, store: Store, *, max_age_s: float = 10.0, min_age_s: float = 1.0) -> None:
        self._store, self._max_age_s, self._min_age_s = store, max_age_s, min_age_s
        self._renewed = float("-inf")
        self._missed = False
        self._lock = threading.Lock()
        self.routes: dict[str, Route] = {}
        self.nodes: dict[str, Node] = {}

    def renew(self, *, older_than_s: float) -> bool:
        """Read the registry again if the copy is older; return whether it was read."""
        with self._lock:
            if time.monotonic() - self._renewed < older_than_s:
                return False
            with self._store.read() as r:
                self.routes, self.nodes = devices.routes(r), devices.nodes(r)
            self._renewed = time.monotonic()
            return True

    def fresh(self) -> None:
        """Renew the copy if it is too old, or if an id was missing lately."""
        missed, self._missed = self._missed, False
        self.renew(older_than_s=self._min_age_s if missed else self._max_age_s)

    def missed(self) -> None:
        """Note an unknown id on a thread that may not query, so that `fresh` renews soon."""
        self._missed = True

    def node_of(self, topic: Topic) -> Node:
        """Return the node that a topic names.

        Raises:
            WrongAddress: unknown, or registered at another tenant or site.
        """
        node = self.nodes.get(topic.node)
        if node is None and self.renew(older_than_s=self._min_age_s):
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
        if route is None and self.renew(older_than_s=self._min_age_s):
            route = self.routes.get(topic.device)
        if route is None:
            raise WrongAddress("unknown_device", f"device {topic.device!r} is not registered")
        if route.node_id != node.id:
            raise WrongAddress("wrong_node", f"device {topic.device!r} is not behind node {node.id!r}")
        return route
