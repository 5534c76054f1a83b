from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clips.desk import plan
from ingest.payloads.asking import clip_command, parse_answer
from models.base.errors import Invalid
from models.base.jsonio import loads
from models.catalogue.terms import ClipState
from models.domain.clips import AFTER, BEFORE, LONGEST_RUN_UP, PATIENCE, span_of
from models.store.clips import DueClip

T0 = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
DUE = DueClip(
    id=uuid4(),
    violation_id=uuid4(),
    tenant_id="t",
    entity_id=uuid4(),
    region_code="330602",
    site_id="s",
    node_id="n",
    device_id="d",
    from_at=T0 - timedelta(seconds=5),
    to_at=T0 + AFTER,
    ends_at=T0 + AFTER,
    state=ClipState.waiting,
    attempts=0,
    next_at=T0,
    give_up_at=T0 + AFTER + PATIENCE,
    error=None,
    evidence_id=None,
    node_online=True,
    node_can=True,
    node_revoked=False,
)


def test_a_capable_node_is_asked_at_once() -> None:
    asking = plan(DUE, at=T0)
    assert asking.token is not None
    assert len(asking.token) > 20
    assert asking.error is None


@pytest.mark.parametrize(
    ("clip", "after_s", "says"),
    [
        (replace(DUE, node_can=False), 0, "can't upload clips"),
        (replace(DUE, node_revoked=True), 0, "revoked"),
        (replace(DUE, node_online=False), 30, "offline"),
        (DUE, 1000, "in time"),
    ],
)
def test_otherwise_kept_frames_are_used_with_a_reason_for_the_owner(clip: DueClip, after_s: float, says: str) -> None:
    asking = plan(clip, at=T0 + timedelta(seconds=after_s))
    assert asking.token is None
    assert says in (asking.error or "")


def test_a_node_that_is_offline_for_a_moment_is_asked_while_the_clip_is_not_over() -> None:
    assert plan(replace(DUE, node_online=False), at=T0).token is not None


def test_a_clip_shows_the_seconds_before_the_violation_and_after_the_finding() -> None:
    span = span_of(started_at=T0, judged_at=T0 + timedelta(seconds=6))
    assert (span.start, span.end) == (T0 - BEFORE, T0 + timedelta(seconds=6) + AFTER)


def test_a_situation_of_minutes_is_shown_from_shortly_before_the_finding() -> None:
    judged = T0 + timedelta(minutes=5)
    assert span_of(started_at=T0, judged_at=judged).start == judged - LONGEST_RUN_UP - BEFORE


def test_the_command_has_the_time_the_address_and_its_expiry() -> None:
    command = loads(
        clip_command(
            DUE.id, expires_at=DUE.give_up_at, start=DUE.from_at, end=DUE.to_at, upload_url="http://h/v1/uploads/x"
        )
    )
    assert set(command) == {"id", "expires_at", "from", "to", "upload_url"}
    assert command["from"] == "2026-09-01T01:59:55.000Z"


def test_an_answer_is_ok_or_a_reason() -> None:
    answer = parse_answer(b'{"id":"%s","ok":false,"error":"ring too short","more":1}' % str(DUE.id).encode())
    assert (answer.id, answer.ok, answer.error) == (DUE.id, False, "ring too short")


@given(st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_refused(payload: bytes) -> None:
    with pytest.raises(Invalid):
        parse_answer(payload)
