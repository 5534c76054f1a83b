"""Connecting a camera."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, SecretStr

from api.schemas.common import In, Out, Share, no_nul
from models.regions import MOST, MOST_POINTS, RegionKind


class RegionIn(In):
    """A drawn part of the picture, in coordinates 0–1: `ignore` nothing counts there, `stove` flames belong there."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"kind": "stove", "points": [[0.1, 0.6], [0.4, 0.6], [0.4, 0.9], [0.1, 0.9]]}},
    )

    kind: RegionKind
    points: list[tuple[Share, Share]] = Field(min_length=3, max_length=MOST_POINTS)


class LookIn(In):
    """A camera to look at; user and password go beside the address, not into it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"url": "rtsp://192.168.1.64:554/stream1", "username": "admin", "password": "example"}
        },
    )

    url: str = Field(max_length=500, pattern=r"^rtsps?://[^@\s/]+(/[^\s]*)?$")
    username: Annotated[str, Field(max_length=200), AfterValidator(no_nul)] | None = None
    password: SecretStr | None = Field(default=None, max_length=200)


class AdviceOut(Out):
    """What an owner can do, in both languages."""

    zh: str
    en: str


class LookOut(Out):
    """What a look at a camera found; `reason` is None when it brings pictures, `snapshot` a JPEG in base64."""

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
    """A camera to take on at a kitchen."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"site_id": "jianhu", "name": "烹饪区", "zone": "cooking", "regions": []}},
    )

    site_id: str = Field(max_length=64, pattern=r"^[a-z0-9_-]+$")
    name: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(no_nul)]
    zone: str = Field(max_length=40, pattern=r"^[a-z_]+$")
    regions: list[RegionIn] = Field(default_factory=list, max_length=MOST)


class CameraPatch(In):
    """What is to be changed about a camera."""

    name: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(no_nul)] | None = None
    zone: str | None = Field(default=None, max_length=40, pattern=r"^[a-z_]+$")
    regions: list[RegionIn] | None = Field(default=None, max_length=MOST)
    node_id: str | None = Field(default=None, max_length=64, pattern=r"^[a-z0-9_-]+$")


class DecommissionIn(In):
    """Why a device is supervised no more; it goes into its history and its event."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "厨房停业，许可证已注销"}})

    reason: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(no_nul)]


class CameraOut(Out):
    """A camera that was taken on, and what its agent has to know. A new node's secret is asked for separately."""

    device_id: str
    node_id: str
    node_is_new: bool
    tenant_id: str
    site_id: str
    broker_url: str


class SecretOut(Out):
    """A node's new secret; it is never shown again."""

    node_id: str
    secret: str
