"""Which cameras are away, why, and what of it is one cause. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.watching import CameraLine

SILENT_AFTER = timedelta(seconds=180)
"""Three missed keep-alives of 60 s: a camera that has brought no frame for so long is away."""
NOTIFY_AFTER = timedelta(minutes=10)
"""A line that comes back sooner is nobody's task."""
JUDGE_ALIVE_WITHIN = timedelta(seconds=60)
"""Without a judge that works, missing frames are the platform's fault and say nothing about cameras."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A camera that is away.

    Attributes:
        reason: stable code, see `models.ledger.REASONS`.
        cause: what the outage belongs to, `node:<id>` or `camera:<id>`: cameras of one cause are one alert.
    """

    device_id: str
    reason: str
    cause: str
    since: datetime


def outage_of(camera: CameraLine, *, at: datetime, judge_alive: bool) -> Outage | None:
    """Why a camera is away; None if it is not, was never there, or nobody can say."""
    cause, reason, since = f"camera:{camera.device_id}", None, None
    health = camera.health or {}
    if camera.node_revoked_at is not None:
        # Whoever is supervised may take a node's access away; that is an outage as any other.
        if camera.node_status_at is None and camera.last_frame_at is None:
            return None
        cause, reason, since = f"node:{camera.node_id}", "revoked", camera.node_revoked_at
    elif not camera.node_online and camera.node_status_at is not None:
        cause, reason, since = f"node:{camera.node_id}", "node_offline", camera.node_status_at
    elif health.get("state") == "offline":
        reason, since = str(health.get("reason") or "no_frames"), camera.last_frame_at or camera.health_at
    elif judge_alive and camera.last_frame_at is not None and at - camera.last_frame_at > SILENT_AFTER:
        reason, since = "no_frames", camera.last_frame_at
    if reason is None:
        return None
    return Outage(device_id=camera.device_id, reason=reason, cause=cause, since=since or at)


def outages(cameras: Iterable[CameraLine], *, at: datetime, judge_at: datetime | None) -> list[Outage]:
    """Every camera that is away. A site all of whose nodes are away is one cause: its line or its power."""
    alive = judge_at is not None and at - judge_at <= JUDGE_ALIVE_WITHIN
    lines = list(cameras)
    dark = _dark_sites(lines)
    found = []
    for camera in lines:
        outage = outage_of(camera, at=at, judge_alive=alive)
        if outage is None:
            continue
        cause = f"site:{camera.site_id}" if camera.site_id in dark else outage.cause
        found.append(Outage(device_id=outage.device_id, reason=outage.reason, cause=cause, since=outage.since))
    return found


def _dark_sites(cameras: Sequence[CameraLine]) -> set[str]:
    lit = {
        camera.site_id
        for camera in cameras
        if camera.node_revoked_at is None and (camera.node_online or camera.node_status_at is None)
    }
    return {camera.site_id for camera in cameras} - lit


def reason_of_minute(camera: CameraLine, *, at: datetime, judge_at: datetime | None, age: timedelta) -> str:
    """Why a minute that is over was not seen, as far as the present state tells.

    `age` is how long ago the minute was: for what was not accounted for at once, the platform itself was away.
    """
    alive = judge_at is not None and at - judge_at <= JUDGE_ALIVE_WITHIN
    if not alive or age > 2 * SILENT_AFTER:
        return "platform"
    if camera.node_status_at is None and camera.last_frame_at is None:
        return "not_connected"
    outage = outage_of(camera, at=at, judge_alive=alive)
    return "no_frames" if outage is None else outage.reason
