"""Changes of nodes: one call stores each, adds it to the history of the node's devices, and announces it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from psycopg.types.json import Jsonb

from models.base.clock import rfc3339
from models.base.errors import NotFound
from models.base.ids import uuid7
from models.changes.announcing import NODE_ITSELF, announce
from models.changes.history import add_history
from models.changes.states import actor_data, entity_state
from models.domain.access import Actor
from models.domain.devices import Node
from models.events.device_payloads import NodeData, NodeRevokedData
from models.events.types import EventType
from models.store import devices
from models.store.connect import Write


def note_status(
    w: Write,
    *,
    node_id: str,
    online: bool,
    session: int,
    at: datetime,
    firmware: str | None,
    claimed_at: Callable[[datetime | None], datetime] | None = None,
) -> bool:
    """Store a birth or death of a node; return False if it changes nothing (a death older than the last birth).

    Args:
        w: the caller's transaction.
        node_id: the node.
        online: True for a birth, False for a death.
        session: the number of the birth, and of the birth that a death belongs to.
        at: the platform's clock.
        firmware: the firmware that the node reports.
        claimed_at: returns when it happened by the node's clock, from the time of the previous status; None: use `at`.
    """
    params = {"id": node_id, "online": online, "session": session, "at": at, "firmware": firmware}
    found = w.tuples("streams", "node_status", params)
    if not found:
        return False
    version, before = found[0]
    kind, detail = "online" if online else "offline", Jsonb({"session": session})
    w.run("streams", "add_history", {"node_id": node_id, "at": at, "id": uuid7(), "kind": kind, "detail": detail})
    node = devices.node(w, node_id)
    if node is not None:
        claimed = at if claimed_at is None else claimed_at(before)
        _announce(w, node, online=online, session=session, version=version, at=at, claimed_at=claimed)
    return True


def revoke_node(w: Write, node_id: str, *, by: Actor, at: datetime) -> None:
    """Revoke a node's access. Its devices stay supervised and count as away from then on.

    Raises:
        NotFound: the node does not exist or is revoked already.
    """
    node = devices.node(w, node_id)
    version = w.value("devices", "revoke_node", {"id": node_id, "at": at})
    if node is None or version is None:
        raise NotFound(f"no node {node_id!r} that is not revoked")
    add_history(w, kind="revoked", detail=actor_data(by), at=at, node_id=node_id)
    if node.online:
        # The platform ignores the node's last will from now on, so announce the death here.
        _announce(w, node, online=False, session=node.session, version=version - 1, at=at, claimed_at=at)
    data = NodeRevokedData(
        **_state(w, node, online=False, session=node.session, version=version),
        revoked_at=rfc3339(at),
        devices=devices.devices_of_node(w, node.id),
        actor=actor_data(by),
    )
    announce(
        w,
        EventType.device_revoked,
        node,
        cast("Mapping[str, Any]", data),
        site_id=node.site_id,
        device_id=NODE_ITSELF,
        at=at,
    )


def forget_births(w: Write, node_id: str, *, by: Actor, at: datetime) -> None:
    """Reset the birth number of a node, so that its next birth is accepted with any number.

    Raises:
        NotFound: no such node.
    """
    node = devices.node(w, node_id)
    version = w.value("devices", "forget_births", {"id": node_id, "at": at})
    if node is None or version is None:
        raise NotFound(f"no node {node_id!r}")
    w.run("devices", "forget_streams", {"id": node_id})
    add_history(w, kind="births_forgotten", detail=actor_data(by), at=at, node_id=node_id)
    if node.online:
        _announce(w, node, online=False, session=node.session, version=int(version), at=at, claimed_at=at)


def _announce(
    w: Write, node: Node, *, online: bool, session: int, version: int, at: datetime, claimed_at: datetime
) -> None:
    """Announce a birth or death; `version` counts the changes of the node, two for each session."""
    data = _state(w, node, online=online, session=session, version=version)
    announce(
        w,
        EventType.device_online if online else EventType.device_offline,
        node,
        cast("Mapping[str, Any]", data),
        site_id=node.site_id,
        device_id=NODE_ITSELF,
        at=at,
        occurred_at=claimed_at,
    )


def _state(w: Write, node: Node, *, online: bool, session: int, version: int) -> NodeData:
    return NodeData(
        version=version,
        node_id=node.id,
        site_id=node.site_id,
        online=online,
        session=session,
        entity=entity_state(w, node.entity_id),
    )
