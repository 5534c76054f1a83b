"""What owners do with webhooks: add, pause, resume, rotate, test and remove an endpoint, and replay deliveries."""

import base64
import secrets
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from api.access.principal import Principal
from models.base.errors import Invalid, InvalidTransition, NotAllowed, NotFound, RateLimited
from models.base.ids import uuid7
from models.base.jsonio import dumps
from models.catalogue.terms import DeliveryState, Role
from models.domain.webhooks import MOST_ENDPOINTS, OLD_SECRET, ORPHANED, Delivery, Endpoint
from models.events.types import require_type
from models.store import Write, feed, registry, webhooks

TEST = "mingchu.webhook.test"
MOST_REPLAYED = 1000
_TENANT_WIDE = ""


def new_secret() -> str:
    """Return a secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def add_endpoint(
    w: Write, principal: Principal, *, url: str, types: list[str], description: str, at: datetime
) -> tuple[Endpoint, str]:
    """Add an endpoint of the caller's enterprise or region, which gets events from now on; return it and its secret.

    Raises:
        Invalid: the address is not one that can be sent to, or a type is unknown.
        RateLimited: the owner has the most endpoints that it may have.
    """
    check_url(url)
    for name in types:
        require_type(name)
    region = principal.region or _TENANT_WIDE
    if principal.entity is not None:
        entity = registry.entity(w, principal.entity)
        if entity is None:
            raise NotFound("no such enterprise")
        region = entity.region_code
    elif principal.role is not Role.admin and not principal.region:
        raise NotAllowed("this user belongs to no region")
    newest, _ = feed.bounds(w)
    new = Endpoint(
        id=uuid7(),
        tenant_id=principal.tenant,
        region_code=region,
        entity_id=principal.entity,
        group_id=principal.group,
        url=url,
        types=tuple(types),
        description=description.strip(),
        cursor=newest,
        last_seq=0,
        paused=False,
        disabled_reason=None,
        created_by=principal.actor.name,
        created_at=at,
    )
    if webhooks.owned(w, new) >= MOST_ENDPOINTS:
        raise RateLimited(f"this owner has {MOST_ENDPOINTS} endpoints; remove one first")
    secret = new_secret()
    webhooks.add_endpoint(w, new, secret=secret)
    return new, secret


def check_url(url: str) -> None:
    """Check the form of an address; whether the platform may connect to it shows when it sends.

    Raises:
        Invalid: it is not http(s), has a log-in or a fragment, or no host.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise Invalid("url: expected an address as https://example.cn/hook") from None
    plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in {"https", "http"} or not host or "@" in parts.netloc or parts.fragment or not plain:
        raise Invalid("url: expected an address as https://example.cn/hook, without a log-in or fragment")


def own(w: Write, principal: Principal, endpoint_id: UUID) -> Endpoint:
    """Return an endpoint that the caller may change, locked.

    Raises:
        NotFound: there is no such endpoint, or it is not the caller's to see.
        NotAllowed: somebody else made it; an administrator may change it too.
    """
    return _owned(_locked(w, endpoint_id), principal)


def _removable(w: Write, principal: Principal, endpoint_id: UUID) -> Endpoint:
    found = _locked(w, endpoint_id)
    if found.disabled_reason == ORPHANED and principal.role is Role.regulator:
        return found
    return _owned(found, principal)


def _locked(w: Write, endpoint_id: UUID) -> Endpoint:
    found = webhooks.endpoint_for_update(w, endpoint_id)
    if found is None:
        raise NotFound(f"no webhook {endpoint_id}")
    return found


def _owned(found: Endpoint, principal: Principal) -> Endpoint:
    if principal.role is not Role.admin and found.created_by != principal.actor.name:
        raise NotAllowed("this webhook belongs to another user")
    return found


def set_paused(w: Write, principal: Principal, endpoint_id: UUID, *, paused: bool) -> Endpoint:
    """Pause an endpoint, or resume it, also after the platform gave it up. Raises the errors of `own`."""
    found = own(w, principal, endpoint_id)
    return _kept(webhooks.change_endpoint(w, replace(found, paused=paused, disabled_reason=None)))


def remove(w: Write, principal: Principal, endpoint_id: UUID, *, at: datetime) -> Endpoint:
    """Remove an endpoint and cancel what waits for it. Raises the errors of `own`.

    A supervisor who sees it may remove one whose maker has lost access.
    """
    found = _removable(w, principal, endpoint_id)
    webhooks.cancel_open(w, endpoint_id, error="endpoint removed", at=at)
    return _kept(webhooks.change_endpoint(w, replace(found, removed_at=at)))


def rotate(w: Write, principal: Principal, endpoint_id: UUID, *, at: datetime) -> tuple[Endpoint, str]:
    """Give an endpoint a new secret; both sign for a day. Raises the errors of `own`."""
    own(w, principal, endpoint_id)
    secret = new_secret()
    return _kept(webhooks.rotate(w, endpoint_id, secret=secret, old_until=at + OLD_SECRET)), secret


def try_endpoint(w: Write, principal: Principal, endpoint_id: UUID, *, at: datetime) -> Delivery:
    """Queue a test event.

    Raises:
        NotFound, NotAllowed: see `own`.
        InvalidTransition: the endpoint is paused or was given up.
    """
    found = own(w, principal, endpoint_id)
    if found.paused or found.disabled_reason is not None:
        raise InvalidTransition("the webhook is paused or was given up; resume it first")
    body = dumps({"type": TEST, "seq": 0, "prev_seq": 0, "data": {"message": "测试 test"}})
    queued = webhooks.add_delivery(w, delivery_of(found, seq=0, prev_seq=0, kind=TEST, body=body, at=at), at=at)
    if queued is None:
        raise NotFound(f"no webhook {endpoint_id}")
    return queued


def replay(
    w: Write,
    principal: Principal,
    endpoint_id: UUID,
    *,
    delivery_id: UUID | None = None,
    span: tuple[int, int] | None = None,
    at: datetime,
) -> int:
    """Queue ended deliveries again, by id or by a range of numbers; return how many, at most `MOST_REPLAYED`.

    Raises:
        NotFound, NotAllowed: see `own`.
        Invalid: the range is empty.
    """
    own(w, principal, endpoint_id)
    if span is not None and span[0] > span[1]:
        raise Invalid("first_seq, last_seq: expected a range")
    return webhooks.replay(w, endpoint_id, delivery_id=delivery_id, span=span, limit=MOST_REPLAYED, at=at)


def delivery_of(endpoint: Endpoint, *, seq: int, prev_seq: int, kind: str, body: str, at: datetime) -> Delivery:
    """Return a delivery that waits for its first attempt."""
    return Delivery(
        id=uuid7(),
        endpoint_id=endpoint.id,
        seq=seq,
        prev_seq=prev_seq,
        type=kind,
        body=body,
        state=DeliveryState.queued,
        attempts=0,
        next_at=at,
        status=None,
        answer="",
        error=None,
        replayed=False,
        created_at=at,
        done_at=None,
    )


def _kept(found: Endpoint | None) -> Endpoint:
    if found is None:
        raise NotFound("this webhook was removed")
    return found
