"""The payloads of events about nodes and devices; see `models.events.payloads`."""

from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from models.events.payloads import ActorData, EntityData, Moment


class NodeData(TypedDict):
    """A node connected or disconnected. Its devices are online or offline with it."""

    version: int
    node_id: str
    site_id: str
    online: bool
    session: Annotated[int, Field(description="session number of the node; rises with each birth message")]
    entity: EntityData | None


class NodeRevokedData(NodeData):
    """A node's access was revoked. Its devices stay supervised and count as away."""

    revoked_at: Moment
    devices: list[str]
    actor: ActorData


class DeviceData(TypedDict):
    """A camera or sensor as it is registered now."""

    version: int
    device_id: str
    label: str
    site_id: str
    name: str
    zone: str
    zone_label: str
    node_id: str
    entity: EntityData | None
    sensor_code: NotRequired[str]
    report_every_s: NotRequired[float]
    regions: Annotated[
        NotRequired[list[dict[str, Any]]], Field(description="regions that the owner drew on the picture")
    ]
    mask_wish: Annotated[NotRequired[dict[str, Any] | None], Field(description="a large mask that waits for approval")]
    mask_approved: Annotated[
        NotRequired[float | None], Field(description="approved masked share of the picture, 0 to 1")
    ]
    moved_from: Annotated[
        NotRequired[dict[str, Any] | None], Field(description="former zone; the move waits for approval")
    ]


class DeviceChangedData(DeviceData):
    """A device was changed: the changed fields, who changed them, and the former values."""

    decommissioned_at: Moment | None
    actor: ActorData
    changed: list[str]
    before: dict[str, Any]
    reason: NotRequired[str]


class DeviceDecommissionedData(DeviceData):
    """The supervision of a device ended for good."""

    decommissioned_at: Moment | None
    actor: ActorData
    reason: str


class ConditionData(TypedDict):
    """A fault of a device; `cleared_at` is null while it lasts."""

    code: str
    label: str
    since: Moment
    cleared_at: Moment | None
    reason: str | None
    reason_label: str
    value: NotRequired[float | None]
    unit: NotRequired[str | None]


class DeviceConditionData(DeviceData):
    """A sensor is broken, or works again."""

    condition: ConditionData
