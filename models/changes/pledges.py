"""Changes of pledges: a signed one is stored, logged (which seals it) and announced by one call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from models.base.clock import rfc3339
from models.changes.announcing import NODE_ITSELF, NOWHERE, announce
from models.changes.log import log_signature
from models.domain.pledges import Pledge
from models.events.payloads import PledgeData
from models.events.types import EventType
from models.store import pledges
from models.store.connect import Write


def sign_pledge(w: Write, signed: Pledge, *, by: str, at: datetime) -> Pledge:
    """Store a signed pledge, log and announce it."""
    pledges.add_pledge(w, signed)
    log_signature(
        w,
        "pledge",
        signed,
        row_id=signed.id,
        version=1,
        from_state="",
        signature=signed.signature,
        by=by,
        at=at,
    )
    data = PledgeData(
        version=1,
        pledge_id=str(signed.id),
        entity_id=str(signed.entity_id),
        cadre=signed.cadre,
        post=signed.post,
        level=signed.level,
        tier=signed.tier,
        template=signed.template,
        text_sha256=signed.text_sha256,
        signed_at=rfc3339(signed.signed_at),
        signature=signed.signature,
    )
    announced = cast("Mapping[str, Any]", data)
    announce(w, EventType.pledge_signed, signed, announced, site_id=NOWHERE, device_id=NODE_ITSELF, at=at)
    return signed
