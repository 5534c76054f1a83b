"""The broker at which each node speaks, where there are several: a late word from another one must not mislead."""

from collections import OrderedDict
from datetime import datetime

from ingest.links import Links
from ingest.mqtt import Incoming
from ingest.payloads import status
from ingest.payloads.status import Status
from ingest.topics import NODE_AT
from models.base.errors import Invalid

MOST_NODES = 200_000


class Whereabouts:
    """Follows nodes from broker to broker. Used on the network threads."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._births: OrderedDict[str, tuple[int, datetime | None]] = OrderedDict()

    def misleads(self, message: Incoming) -> bool:
        """Note where a node says that it is there; return whether a status is of a connection that it has left.

        A broker publishes the last will when it misses the node, which may speak at another broker by then; it retains
        the birth of a node that has moved away; and one that was frozen delivers what lay in its buffers. So the newest
        birth by the node's own clock says where the node is, and deletes what other brokers retain. Readings say
        nothing: they may come out of such a buffer, too.
        """
        levels = message.topic.split("/")
        told = status_of(message) if levels[-1] == "status" and len(levels) > NODE_AT else None
        if told is None:
            return False
        broker, at = self._births.get(levels[NODE_AT], (None, None))
        if broker == message.broker:
            if told.online:
                self._births[levels[NODE_AT]] = message.broker, told.at
            return False
        is_older = at is not None and told.at is not None and told.at < at
        if broker is not None and (is_older or not told.online):
            self._links.forget_elsewhere(message.topic, at=broker)
            return True
        if told.online:
            self._move(levels[NODE_AT], message, told)
        return False

    def _move(self, node: str, message: Incoming, told: Status) -> None:
        self._births[node] = message.broker, told.at
        if len(self._births) > MOST_NODES:
            self._births.popitem(last=False)
        self._links.forget_elsewhere(message.topic, at=message.broker)


def status_of(message: Incoming) -> Status | None:
    """Return the status in a message; None if it can't be read, which is intake's to tell."""
    try:
        return status.parse(message.payload)
    except Invalid:
        return None
