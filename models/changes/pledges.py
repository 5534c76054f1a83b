"""Changes of pledges: a signed one is stored, logged (which seals it) and announced by one call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from models.base.clock import rfc3339
from models.changes.announcing import NODE_ITSELF, announce
from models.changes.log import log_step
from models.domain.place import owner_of
from models.domain.pledges import Pledge
from models.domain.tasks import Transition
from models.events.payloads import PledgeData
from models.events.types import EventType
from models.store import pledges
from models.store.connect import Write


def sign_pledge(w: Write, signed: Pledge, *, by: str, at: datetime) -> Pledge:
    """Store a signed pledge, log and announce it."""
    pledges.add_pledge(w, signed)
    step = Transition(
        object="pledge",
        object_id=signed.id,
        version=1,
        **owner_of(signed),
        at=at,
        actor=by,
        command="sign",
        from_state="",
        to_state="signed",
        reason=f"sha256 {signed.signature}",
        evidence_ids=(),
    )
    log_step(w, step)
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
    announce(w, EventType.pledge_signed, signed, announced, site_id=NODE_ITSELF, device_id=NODE_ITSELF, at=at)
    return signed
