"""Connecting a camera."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError

from api.schemas.common import In, Out, Share, no_nul
from models.domain.drawn import MOST, MOST_POINTS, RegionKind


class RegionIn(In):
    """A polygon on the picture, in coordinates 0–1. `ignore`: nothing there counts. `stove`: flames belong there."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"kind": "stove", "points": [[0.1, 0.6], [0.4, 0.6], [0.4, 0.9], [0.1, 0.9]]}},
    )

    kind: RegionKind
    points: list[tuple[Share, Share]] = Field(min_length=3, max_length=MOST_POINTS)


_LOGIN_BEFORE_HOST = re.compile(r"rtsps?://[^/]*:(?!\d{1,5}/)[^/]*/[^@]*@")
"""Matches `rtsp://user:pa/ss@host`: the text before the first / is no host and port, and an @ follows it."""
_EXPECTED_URL = "地址应写成 rtsp://主机:端口/路径 expected rtsp://host:port/path"
_LOGIN_IN_URL = (
    "请把用户名和密码填在下面两栏，不要写在地址里 put user and password into the two fields below, not into the address"
)
_PORT = "地址里的端口应是 1–65535 的数字 the port in the address must be a number from 1 to 65535"


def camera_url(text: str) -> str:
    """Check the address of a camera. Error texts never repeat the address, because it may contain a secret."""
    if not text.startswith(("rtsp://", "rtsps://")) or not text.isprintable() or " " in text:
        raise _wrong(_EXPECTED_URL)
    # Search up to the last @: an unescaped / in a password must not hide the log-in.
    if "@" in text.partition("://")[2].partition("/")[0] or _LOGIN_BEFORE_HOST.match(text):
        raise _wrong(_LOGIN_IN_URL)
    try:
        parts = urlsplit(text)
    except ValueError:
        raise _wrong(_EXPECTED_URL) from None
    try:
        good = parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise _wrong(_PORT)
    if not parts.hostname:
        raise _wrong(_EXPECTED_URL)
    return text


def _wrong(said: str) -> PydanticCustomError:
    # Pydantic adds no prefix to the text of its own error type.
    return PydanticCustomError("camera_url", "{said}", {"said": said})


class LookIn(In):
    """A camera to test. Send user name and password in their own fields, not in the address."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"url": "rtsp://192.168.1.64:554/stream1", "username": "admin", "password": "example"}
        },
    )

    url: Annotated[
        str,
        Field(max_length=500, json_schema_extra={"pattern": r"^rtsps?://[^@\s/]+(/[^\s]*)?$"}),
        AfterValidator(camera_url),
    ]
    username: Annotated[str, Field(max_length=200), AfterValidator(no_nul)] | None = None
    password: SecretStr | None = Field(default=None, max_length=200)


class AdviceOut(Out):
    """Advice to the owner, in Chinese and English."""

    zh: str
    en: str


class LookOut(Out):
    """The result of testing a camera. `reason` is null if pictures arrived; `snapshot` is a JPEG in base64."""

    reachable: bool
    accepted: bool | None
    reason: str | None
    detail: str
    codec: str | None
    width: int | None
    height: int | None
    fps: float | None
    key_interval_s: float | None
    bitrate_kbps: float | None
    first_frame_s: float | None
    clock_skew_s: float | None
    advice: list[AdviceOut]
    snapshot: str | None


class CameraIn(In):
    """A camera to register at a kitchen."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"site_id": "jianhu", "name": "烹饪区", "zone": "cooking", "regions": []}},
    )

    site_id: str = Field(max_length=64, pattern=r"^[a-z0-9_-]+$")
    name: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(no_nul)]
    zone: str = Field(max_length=40, pattern=r"^[a-z_]+$")
    regions: list[RegionIn] = Field(default_factory=list, max_length=MOST)


class CameraPatch(In):
    """Changes of a camera; fields that are left out stay unchanged."""

    name: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(no_nul)] | None = None
    zone: str | None = Field(default=None, max_length=40, pattern=r"^[a-z_]+$")
    regions: list[RegionIn] | None = Field(default=None, max_length=MOST)
    node_id: str | None = Field(default=None, max_length=64, pattern=r"^[a-z0-9_-]+$")


class DecommissionIn(In):
    """Why a device's supervision ends. The device's history and the event contain the reason."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "厨房停业，许可证已注销"}})

    reason: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(no_nul)]


class SettleIn(In):
    """A supervisor's decision on a waiting change of a camera. The camera's history and the event state the reason."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"approve": False, "reason": "遮住了操作台，请重新划定"}}
    )

    approve: bool
    reason: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(no_nul)]


class CameraOut(Out):
    """A registered camera, and the settings for its agent. Request a new node's secret separately.

    `node_never_online`: the node has never connected, so creating a new secret for it locks nobody out. `authority`:
    the certificate (PEM) by which the node checks the broker and the API; none: the public authorities.
    """

    device_id: str
    node_id: str
    node_is_new: bool
    node_never_online: bool
    tenant_id: str
    site_id: str
    broker_url: str
    authority: str | None


class SecretOut(Out):
    """A node's new secret. The platform never shows it again."""

    node_id: str
    secret: str
