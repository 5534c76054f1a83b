"""Nodes, and the cameras and sensors behind them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.catalogue.terms import DeviceKind, Zone
from models.domain.place import Owner, Place, owner_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(Owner):
    """The holder of an MQTT connection: an edge agent, a gateway, or a smart camera.

    Attributes:
        reset_at: births before this time no longer count; a new secret or an administrator sets it.
    """

    id: str
    site_id: str
    revoked_at: datetime | None
    online: bool
    session: int
    status_at: datetime | None
    last_seen_at: datetime | None
    clock_skew_s: float | None
    firmware: str | None
    gaps: int
    reset_at: datetime | None = None
    can: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Device(Owner):
    """One camera or one sensor behind a node.

    Attributes:
        health: its node's last report on it (state, reason, codec, size, rates), and its time.
        frames_refused: number of frames that could not be analysed; `refused_reason` is one of `models.domain.ledger`.
        decommissioned_at: when its supervision ended.
        version: rises with every change of its settings or condition.
    """

    id: str
    node_id: str
    site_id: str
    kind: DeviceKind
    sensor_code: str | None
    zone: Zone
    name: str
    config: dict[str, Any]
    health: dict[str, Any] | None = None
    health_at: datetime | None = None
    last_frame_at: datetime | None = None
    frames_refused: int = 0
    refused_at: datetime | None = None
    refused_reason: str | None = None
    decommissioned_at: datetime | None = None
    version: int = 1

    @property
    def place(self) -> Place:
        """The device's present place."""
        return Place(**owner_of(self), site_id=self.site_id, device_id=self.id, zone=self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView(Device):
    """A device with the state of its node: the devices of an offline node are offline."""

    online: bool
    last_seen_at: datetime | None
    clock_skew_s: float | None
