"""The page for connecting cameras: kitchens, permitted zones, example addresses and unfinished nodes."""

from dataclasses import dataclass

from models.catalogue.terms import DeviceKind, Zone, label
from models.store import Read, devices, registry

MOST_SITES = 200
FORBIDDEN = ("更衣室", "卫生间", "包间", "宿舍", "休息室")
"""The page shows these rooms but does not let anybody choose them: 公共安全视频图像信息系统管理条例 art. 8."""
PATHS = (
    ("海康威视", "rtsp://地址:554/Streaming/Channels/101"),
    ("大华", "rtsp://地址:554/cam/realmonitor?channel=1&subtype=0"),
    ("宇视", "rtsp://地址:554/media/video1"),
    ("TP-LINK", "rtsp://地址:554/stream1"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One entry of a list."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A node with cameras that never sent a frame.

    Attributes:
        online: whether it has ever connected; if not, its secret may be lost.
    """

    node_id: str
    tenant_id: str
    site_id: str
    site: str
    online: bool
    cameras: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """The values of the page."""

    sites: tuple[Choice, ...]
    zones: tuple[Choice, ...]
    forbidden: tuple[str, ...]
    paths: tuple[tuple[str, str], ...]
    unfinished: tuple[Unfinished, ...]
    broker_url: str
    authority: str


def load_connect(r: Read, *, broker_url: str, authority: str | None = None) -> Connect:
    """Load the visitor's kitchens, the zones in which a camera may hang, and the nodes with cameras never seen."""
    sites = registry.sites(r, limit=MOST_SITES)
    names = {site.id: site.name for site in sites}
    nodes = devices.nodes_awaiting_cameras(r, names)
    silent = {node.id for node in devices.nodes_never_online(r, names)}
    hung = devices.devices_at(r, {node.site_id for node in nodes})
    cameras = [device for device in hung if device.kind is DeviceKind.camera and device.last_frame_at is None]
    return Connect(
        sites=tuple(Choice(id=site.id, name=site.name) for site in sites),
        zones=tuple(Choice(id=zone.value, name=label(zone)) for zone in Zone),
        forbidden=FORBIDDEN,
        paths=PATHS,
        unfinished=tuple(
            Unfinished(
                node_id=node.id,
                tenant_id=node.tenant_id,
                site_id=node.site_id,
                site=names[node.site_id],
                online=node.id not in silent,
                cameras=tuple(Choice(id=d.id, name=d.name) for d in cameras if d.node_id == node.id),
            )
            for node in nodes
        ),
        broker_url=broker_url,
        authority=authority or "",
    )
