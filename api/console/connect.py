"""What the page for connecting cameras shows: where one may be hung, and how agents are told."""

from dataclasses import dataclass

from models.store import Read, registry
from models.terms import Zone, label

MOST_SITES = 200
FORBIDDEN = ("更衣室", "卫生间", "包间", "宿舍", "休息室")
"""Shown, not offered: 公共安全视频图像信息系统管理条例 art. 8."""
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
class Connect:
    """Everything the page needs."""

    sites: tuple[Choice, ...]
    zones: tuple[Choice, ...]
    forbidden: tuple[str, ...]
    paths: tuple[tuple[str, str], ...]


def load_connect(r: Read) -> Connect:
    """The kitchens of the visitor, and the zones a camera may look after."""
    sites = registry.sites(r, limit=MOST_SITES)
    return Connect(
        sites=tuple(Choice(id=site.id, name=site.name) for site in sites),
        zones=tuple(Choice(id=zone.value, name=label(zone)) for zone in Zone),
        forbidden=FORBIDDEN,
        paths=PATHS,
    )
