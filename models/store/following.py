"""Follow the registry: which nodes changed since a place, and what is registered of those that speak."""

from collections.abc import Collection
from dataclasses import dataclass

from models.domain.devices import Node
from models.store.connect import Read
from models.store.devices import Route

CHANNEL = "mingchu_registry"
"""Notified at the commit of every change."""
MOST_CHANGES = 5_000
"""With more changes at once, whoever follows forgets everything and loads anew what speaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed up to the place `here`: ids of nodes and of devices.

    `everything` means that there was too much to name, or that the database was restored: nothing known is certain.
    """

    here: str
    nodes: frozenset[str] = frozenset()
    devices: frozenset[str] = frozenset()
    everything: bool = False


def here(r: Read) -> str:
    """Return the present place; `changes` of it returns what commits from now on."""
    return str(r.value("following", "here"))


def changes(r: Read, *, since: str) -> Changes:
    """Return what was committed after the place `since` and is visible now."""
    rows = r.tuples("following", "changes", {"since": since, "limit": MOST_CHANGES + 1})
    now, lost = str(rows[0][0]), bool(rows[0][1])
    if lost or len(rows) > MOST_CHANGES:
        return Changes(here=now, everything=True)
    return Changes(
        here=now,
        nodes=frozenset(str(node) for *_, node, _ in rows if node is not None),
        devices=frozenset(str(device) for *_, device in rows if device is not None),
    )


def nodes_named(r: Read, ids: Collection[str]) -> list[Node]:
    """Return several nodes, without the revoked and unknown ones."""
    return r.all(Node, "following", "nodes_named", {"ids": sorted(ids)})


def routes_of_nodes(r: Read, ids: Collection[str]) -> list[Route]:
    """Return the supervised devices behind several nodes that are not revoked."""
    return r.all(Route, "following", "routes_of_nodes", {"ids": sorted(ids)})


def nodes_of_devices(r: Read, ids: Collection[str]) -> list[str]:
    """Return the ids of the nodes behind which several devices are registered."""
    return [str(node) for (node,) in r.tuples("following", "nodes_of_devices", {"ids": sorted(ids)})]


def logins_of(r: Read, ids: Collection[str]) -> dict[str, str]:
    """Return the hashes of the MQTT secrets of those nodes that the broker admits."""
    return {str(node): str(hashed) for node, hashed in r.tuples("following", "logins_of", {"ids": sorted(ids)})}


def nodes_in_slots(r: Read, *, index: int, count: int, ids: Collection[str] | None = None) -> set[str]:
    """Return the nodes of part `index` of `count` that are not revoked; with `ids` only those among them."""
    params = {"index": index, "count": count, "ids": None if ids is None else sorted(ids)}
    return {str(node) for (node,) in r.tuples("following", "nodes_in_slots", params)}


def nodes_of_sites(r: Read, sites: Collection[str]) -> list[str]:
    """Return the nodes of several sites that are not revoked."""
    return [str(node) for (node,) in r.tuples("following", "nodes_of_sites", {"sites": sorted(sites)})]
