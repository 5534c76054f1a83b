"""What an operator should know of a platform at once, in one question."""

from dataclasses import dataclass
from datetime import datetime

from models.store.connect import Read


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Figures of the present; losses are those of the last day.

    Attributes:
        clock: the database's clock.
        oldest_unnumbered_s: age of the event that waits longest for its number; None without any.
        endpoints_given_up: webhook endpoints that the platform has given up.
        nodes, nodes_gone: nodes that were ever heard, and those of them that are offline.
        nodes_skewed: nodes of the last day whose clock is wrong.
        connections, most_connections: at the database server, and how many it allows.
    """

    clock: datetime
    oldest_unnumbered_s: float | None
    endpoints_given_up: int
    deliveries_exhausted: int
    notices_given_up: int
    nodes: int
    nodes_gone: int
    nodes_skewed: int
    connections: int
    most_connections: int


def health(r: Read, *, skew_s: float) -> Health:
    """Return the figures; a node's clock is wrong from `skew_s` on. For the owner of the database."""
    found = r.one(Health, "health", "health", {"skew_s": skew_s})
    if found is None:
        raise RuntimeError("a platform has figures at any time")
    return found
