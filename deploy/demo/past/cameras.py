"""The minutes in which the cameras showed a picture, with a short failure now and then."""

from deploy.demo.past.agenda import Span
from deploy.demo.plan import EntityPlan
from models.domain.ledger import MINUTES, CameraDay, mask, reason_number
from models.store import Write, ledger
from models.store.ledger import Minutes

_FAILS_EVERY, _FAILS_AT, _FAILS_FOR = 9, 3 * 60, 40
"""A camera is away for 40 minutes, at three in the night, every ninth day."""


def watch(w: Write, plan: EntityPlan, span: Span) -> None:
    """Mark the minutes of an enterprise's cameras on all days, each with the reason of those that lack."""
    away = range(_FAILS_AT, _FAILS_AT + _FAILS_FOR)
    whole = set(range(MINUTES))
    reasons = bytearray(MINUTES)
    for minute in away:
        reasons[minute] = reason_number("node_offline")
    for number, camera in enumerate(one for site in plan.sites for one in site.cameras):
        device = camera.script.device
        failed = {day for day in span.days if (day.toordinal() + number) % _FAILS_EVERY == 0}
        seen = {day: whole - set(away) if day in failed else whole for day in span.days}
        ledger.mark_minutes(w, {(device, day): Minutes(seen=found, analysed=found) for day, found in seen.items()})
        ledger.account(
            w,
            [
                CameraDay(
                    device_id=device,
                    day=day,
                    seen=mask(found),
                    analysed=mask(found),
                    recorded=mask(()),
                    reasons=bytes(reasons) if day in failed else bytes(MINUTES),
                    accounted=MINUTES,
                )
                for day, found in seen.items()
            ],
        )
