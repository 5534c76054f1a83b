"""Quarantined messages are acknowledged, too, so that a node does not resend them for ever."""

from datetime import UTC, datetime

import pytest

from ingest.payloads.senml import Reading
from models.base.clock import rfc3339
from models.domain.violations import Violation
from models.store import Write, quarantine
from tests.support.rig import Rig
from tests.support.waiting import GENEROUS_S, wait_for


def reasons(rig: Rig) -> dict[str, int]:
    with rig.store.read() as r:
        return {entry.reason: entry.times for entry in quarantine.quarantined(r, before=None, limit=100)}


@pytest.mark.parametrize(
    ("device", "reading", "reason"),
    [
        ("nobody", Reading("fridge_temp", None, 4.0), "unknown_device"),
        ("cam-a", Reading("fridge_temp", None, 4.0), "wrong_kind"),
        ("fridge-a", Reading("gas_ch4", None, 4.0), "bad_payload"),
        ("fridge-a", Reading("fridge_temp", datetime(2020, 1, 1, tzinfo=UTC), 4.0), "bad_payload"),
    ],
)
def test_a_quarantined_reading_is_not_sent_again(rig: Rig, device: str, reading: Reading, reason: str) -> None:
    with rig.node(rig.kitchens[0]) as node:
        wait_for(lambda: node.connected)
        node.readings(device, [reading])
        assert node.wait_empty(GENEROUS_S)
    assert reasons(rig) == {reason: 1}


def test_an_event_that_the_database_refuses_is_quarantined_and_not_sent_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(w: Write, _violation: Violation, *, at: datetime) -> None:
        w.raw.execute("SELECT 1 / 0")

    monkeypatch.setattr("ingest.intake.storing.open_violation", refused)
    at = rfc3339(datetime.now(UTC))
    data = {"code": "smoking", "start": at}
    with rig.node(rig.kitchens[0]) as node:
        wait_for(lambda: node.connected)
        node.event("cam-a", {"id": "e1", "type": "mingchu.violation.opened", "time": at, "data": data})
        assert node.wait_empty(GENEROUS_S)
    assert reasons(rig) == {"store_refused": 1}
