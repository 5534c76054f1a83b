"""Changes of pledges of people of enterprises: a signed one is stored, logged (which seals it) and announced."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from models.base.clock import rfc3339
from models.changes.announcing import NODE_ITSELF, NOWHERE, announce
from models.changes.log import log_signature
from models.domain.own_pledges import OwnPledge
from models.events.payloads import OwnPledgeData
from models.events.types import EventType
from models.store import own_pledges
from models.store.connect import Write


def sign_own_pledge(w: Write, signed: OwnPledge, *, by: str, at: datetime) -> OwnPledge:
    """Store a signed pledge, log and announce it."""
    own_pledges.add(w, signed)
    sign = signed.signature
    log_signature(w, "own_pledge", signed, row_id=signed.id, version=1, from_state="", signature=sign, by=by, at=at)
    data = cast("Mapping[str, Any]", own_pledge_state(signed))
    event = EventType.pledge_signed_by_post
    announce(w, event, signed, data, site_id=NOWHERE, device_id=NODE_ITSELF, at=at)
    return signed


def own_pledge_state(one: OwnPledge) -> OwnPledgeData:
    """Return a pledge as its event announces it."""
    return OwnPledgeData(
        version=1,
        pledge_id=str(one.id),
        entity_id=str(one.entity_id),
        person_id=str(one.person_id),
        name=one.name,
        post=one.post,
        tier=one.tier,
        template=one.template,
        text_sha256=one.text_sha256,
        signed_at=rfc3339(one.signed_at),
        signature=one.signature,
    )
