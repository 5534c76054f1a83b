"""Connect a camera: test it, register it, draw regions on its picture, create its node's secret."""

import base64
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Path, Request, Response

from alerts.registry.registering import register_device, register_node
from alerts.registry.supervision import Change, change_camera, decommission, settle_camera
from alerts.registry.supervision import new_secret as supervised_secret
from api.access.principal import Rectifier, Reviewer, Stepper
from api.onboarding import checked_host, without_details, workshop_of
from api.requests import AppState, IdempotencyKey, SeenVersionIfNamed, creating, doing
from api.schemas import CameraIn, CameraOut, CameraPatch, DecommissionIn, LookIn, LookOut, RegionIn, SecretOut, SettleIn
from api.state import App
from models.base.addresses import numbers_of
from models.base.errors import Conflict, NotFound
from models.catalogue.terms import DeviceKind, Role
from models.changes.nodes import revoke_node
from models.domain.devices import Node
from models.domain.drawn import Region, as_config
from models.domain.masking import WISH, needs_second
from models.domain.registry import Site
from models.store import Write, devices, registry

router = APIRouter(prefix="/v1", tags=["connect"])

Slug = Annotated[str, Path(max_length=64, pattern=r"^[a-z0-9_-]+$")]
_MOST_CAMERAS = 64
_MOST_IDS = 999


@router.post("/camera-looks", response_model=LookOut)
def look(request: Request, app: AppState, principal: Rectifier, body: LookIn, key: IdempotencyKey = None) -> Response:
    """Test a camera before you register it.

    The answer reports whether the camera is reachable and accepts the log-in, its codec, picture size, key-frame
    interval and clock, and contains one picture and advice. The test takes up to half a minute. The platform uses the
    user name and password for this test only and stores them nowhere.
    """
    workshop = workshop_of(app.workshop)
    parts = urlsplit(body.url)
    broker = urlsplit(workshop.broker_url).hostname or ""
    closed = tuple(map(str, numbers_of(broker))) if broker else ()
    number = checked_host(parts.hostname or "", loopback=app.settings.look_at_loopback, closed=closed)
    host = f"[{number}]" if ":" in number else number
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    # Keep what follows the host unchanged: some makes end their addresses with a `?`.
    behind = body.url.strip().partition("://")[2].partition(parts.netloc)[2].partition("#")[0]
    url = f"{parts.scheme}://{netloc}{behind}"
    password = None if body.password is None else body.password.get_secret_value()

    def act(_: Write | None) -> LookOut:
        with app.looks.one(principal.name):
            began = time.monotonic()
            found = workshop.look_at(url, body.username, password)
            if principal.role is not Role.admin:
                found = without_details(found, began=began)
        snapshot = None if found.snapshot is None else base64.b64encode(found.snapshot).decode()
        return LookOut.model_validate(
            {**found.found, "advice": [{"zh": zh, "en": en} for zh, en in found.advice], "snapshot": snapshot}
        )

    if key is None:  # without a key no transaction stays open during the test
        return Response(act(None).model_dump_json(), media_type="application/json")
    # The table of keys stores a digest of address and user name; no table stores the password.
    return creating(request, principal, key, f"{url}\n{body.username}".encode(), act)


@router.post("/cameras", response_model=CameraOut)
def connect(
    request: Request, app: AppState, principal: Rectifier, body: CameraIn, key: IdempotencyKey = None
) -> Response:
    """Register a camera at one of your kitchens. The platform creates a node if the kitchen has none.

    Rooms where cameras are forbidden are refused. Two requests with the same kitchen, name, zone and regions mean the
    same camera, so repeating a request registers the camera once.
    """

    def act(w: Write) -> CameraOut:
        site = registry.site(w, body.site_id)
        if site is None:
            raise NotFound(f"no site {body.site_id!r}")
        devices.require_camera_zone(body.zone)
        registry.one_at_a_time(w, site.id)
        known = _same_camera(w, site, body)
        if known is None:
            node, is_new = _node(w, site, app)
            waits = needs_second({}, {"regions": _config(body.regions)})
            device_id = _add_camera(w, site, node, body, regions=[] if waits else _config(body.regions))
            if waits:
                wish = Change(regions=_config(body.regions))
                change_camera(w, device_id, wish, by=principal.actor, at=app.clock.now())
        else:
            node, is_new, device_id = known[1], False, known[0]
        silent = {found.id for found in devices.nodes_never_online(w, [site.id])}
        return CameraOut(
            device_id=device_id,
            node_id=node.id,
            node_is_new=is_new,
            node_never_online=node.id in silent,
            tenant_id=site.tenant_id,
            site_id=site.id,
            broker_url=workshop_of(app.workshop).broker_url,
            authority=workshop_of(app.workshop).authority,
        )

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.patch("/cameras/{camera_id}", status_code=204)
def change(
    request: Request,
    app: AppState,
    principal: Rectifier,
    camera_id: Slug,
    body: CameraPatch,
    seen: SeenVersionIfNamed = None,
    key: IdempotencyKey = None,
) -> Response:
    """Change a camera's name, zone or regions, or move it to another node of the same kitchen.

    Fields that you leave out stay unchanged. Regions that mask more than a quarter of the picture wait for a second
    person's approval (`settle`); regions that mask more than four fifths are refused. The platform notifies the
    supervisor of a move to a zone with fewer rules. The feed announces the change as `mingchu.device.changed` with the
    person who made it, and the camera's history records it.
    """
    regions = None if body.regions is None else _config(body.regions)
    wished = Change(name=body.name, zone=body.zone, regions=regions, node_id=body.node_id, seen=seen)

    def act(w: Write) -> None:
        change_camera(w, camera_id, wished, by=principal.actor, at=app.clock.now())

    return doing(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/cameras/{camera_id}/settle", status_code=204)
def settle(
    request: Request, app: AppState, principal: Reviewer, camera_id: Slug, body: SettleIn, key: IdempotencyKey = None
) -> Response:
    """Approve or reject a change that waits for a supervisor: a large mask, or a move to a zone with fewer rules.

    The person who requested a large mask can't approve it. After a rejection the present regions stay, and a moved
    camera returns to its former zone. The feed announces the decision as `mingchu.device.changed`.
    """

    def act(w: Write) -> None:
        settle_camera(w, camera_id, approve=body.approve, reason=body.reason, by=principal.actor, at=app.clock.now())

    return doing(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/nodes/{node_id}/secret", response_model=SecretOut)
def new_secret(
    request: Request, app: AppState, principal: Rectifier, node_id: Slug, key: IdempotencyKey = None
) -> Response:
    """Create a new secret for a node. This answer alone shows it; the broker refuses the old one within seconds.

    Repeating the request with the same `Idempotency-Key` creates no second secret and is answered with a conflict,
    because the platform does not keep the secret.
    """
    workshop = workshop_of(app.workshop)
    secret, hashed = workshop.new_secret()

    def act(w: Write) -> None:
        node = devices.node(w, node_id)
        if node is None or node.revoked_at is not None:
            raise NotFound(f"no node {node_id!r}")
        supervised_secret(w, node_id, mqtt_hash=hashed, by=principal.actor, at=app.clock.now())

    if "Idempotent-Replayed" in doing(request, principal, key, b"", act).headers:
        raise Conflict("this Idempotency-Key created a secret, which was shown once; use a new key to create another")
    workshop.keep_secret(node_id, secret)
    out = SecretOut(node_id=node_id, secret=secret)
    return Response(out.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


@router.post("/nodes/{node_id}/revoke", status_code=204)
def revoke(
    request: Request, app: AppState, principal: Rectifier, node_id: Slug, key: IdempotencyKey = None
) -> Response:
    """Revoke a node's access; the broker refuses the node within seconds.

    The feed announces `mingchu.device.revoked`. The node's devices stay supervised and count as away until somebody
    moves them to another node.
    """

    def act(w: Write) -> None:
        revoke_node(w, node_id, by=principal.actor, at=app.clock.now())

    return doing(request, principal, key, b"", act)


@router.post("/devices/{device_id}/decommission", status_code=204)
def end_supervision(
    request: Request,
    app: AppState,
    principal: Stepper,
    device_id: Slug,
    body: DecommissionIn,
    seen: SeenVersionIfNamed = None,
    key: IdempotencyKey = None,
) -> Response:
    """End the supervision of a camera or sensor for good. The feed announces `mingchu.device.decommissioned`.

    An enterprise may take back a camera of its own of which no frame has ever come.
    """

    def act(w: Write) -> None:
        decommission(w, device_id, reason=body.reason, by=principal.actor, at=app.clock.now(), seen=seen)

    return doing(request, principal, key, body.model_dump_json().encode(), act)


def _node(w: Write, site: Site, app: App) -> tuple[Node, bool]:
    """Return the kitchen's first node, or register one whose secret nobody knows yet; True if it is new."""
    known = devices.nodes_of_site(w, site.id)
    if known:
        return known[0], False
    new_secret = workshop_of(app.workshop).new_secret
    for node_id in _ids(f"{site.id[:56]}-agent", first=""):
        with suppress(Conflict):  # a revoked node keeps its id, and ids are unique over all tenants
            node, _ = register_node(w, node_id=node_id, site_id=site.id, new_secret=new_secret)
            return node, True
    raise Conflict(f"site {site.id!r} has had {_MOST_IDS} agents already")


def _same_camera(w: Write, site: Site, body: CameraIn) -> tuple[str, Node] | None:
    """Find the id and node of a camera that was registered with the same name, zone and regions."""
    for device in devices.devices_at(w, [site.id]):
        same = (device.kind, device.name, str(device.zone)) == (DeviceKind.camera, body.name, body.zone)
        wish = device.config.get(WISH)
        drawn = wish.get("regions") if isinstance(wish, dict) else device.config.get("regions", [])
        if same and drawn == _config(body.regions):
            node = devices.node(w, device.node_id)
            if node is not None and node.revoked_at is None:
                return device.id, node
    return None


def _add_camera(w: Write, site: Site, node: Node, body: CameraIn, *, regions: list[dict[str, Any]]) -> str:
    """Register a camera under an unused id. Ids are levels of MQTT topics and unique over all tenants."""
    there = {device.id for device in devices.devices_at(w, [site.id]) if device.kind is DeviceKind.camera}
    if len(there) >= _MOST_CAMERAS:
        raise Conflict(f"site {site.id!r} has {_MOST_CAMERAS} cameras already")
    for device_id in _ids(f"{site.id[:56]}-cam", first="1"):
        if device_id in there:
            continue
        with suppress(Conflict):
            register_device(
                w,
                device_id=device_id,
                node_id=node.id,
                zone=body.zone,
                name=body.name,
                settings={"regions": regions},
            )
            return device_id
    raise Conflict(f"site {site.id!r} has had {_MOST_IDS} cameras already")


def _ids(stem: str, *, first: str) -> Iterator[str]:
    yield f"{stem}{first}"
    yield from (f"{stem}{number}" for number in range(2, _MOST_IDS + 1))


def _config(regions: list[RegionIn]) -> list[dict[str, Any]]:
    return as_config(Region(region.kind, tuple(region.points)) for region in regions)
