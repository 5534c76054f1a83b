"""Who and what is connected: enterprises, people, sites, nodes, devices."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from models.terms import DeviceKind, Post, Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A food enterprise (经营主体).

    Attributes:
        credit_code: unified social credit code (统一社会信用代码).
        guarantee_tier: 包保等级, A = biggest. Not to be mixed up with the next.
        risk_grade: 风险等级, A = lowest risk.
    """

    id: UUID
    tenant_id: str
    name: str
    credit_code: str
    licence_no: str | None
    region_code: str
    guarantee_tier: str | None
    risk_grade: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody accountable at an enterprise (三人三责)."""

    id: UUID
    tenant_id: str
    entity_id: UUID
    region_code: str
    name: str
    post: Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A kitchen: the place of an enterprise where cameras hang. Closing hours are local time."""

    id: str
    tenant_id: str
    entity_id: UUID
    region_code: str
    name: str
    address: str
    closed_from: time | None
    closed_to: time | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What holds the MQTT connection: an edge agent, a gateway, a smart camera.

    Attributes:
        reset_at: what its earlier births said counts no more; set when it gets a new secret, or by an administrator.
    """

    id: str
    site_id: str
    tenant_id: str
    entity_id: UUID
    region_code: str
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
class Device:
    """One camera or one sensor behind a node.

    Attributes:
        health: how its node said it is (state, reason, codec, size, rates), and when.
        frames_refused: how many frames could not be judged; when the last one came, and why (see `models.ledger`).
        decommissioned_at: since when it is supervised no more.
        version: moves with every change of what it is.
    """

    id: str
    node_id: str
    site_id: str
    tenant_id: str
    entity_id: UUID
    region_code: str
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView(Device):
    """A device with the state of its node: an offline node takes its devices with it."""

    online: bool
    last_seen_at: datetime | None
    clock_skew_s: float | None
