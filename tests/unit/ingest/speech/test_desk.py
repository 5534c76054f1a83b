from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from ingest.payloads.asking import speak_command
from ingest.payloads.command import parse_speak
from ingest.speech.desk import refusal
from models.base.errors import Invalid
from models.catalogue.terms import AlertState, SpeechState
from models.domain.speeches import LIFE
from models.store.speeches import DueSpeech

T0 = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
DUE = DueSpeech(
    id=uuid4(),
    tenant_id="t",
    entity_id=uuid4(),
    region_code="330602",
    site_id="s",
    node_id="n",
    occasion="alert_opened",
    subject_id=uuid4(),
    text="请注意，热加工区发现鼠类活动，请立即处理。",
    state=SpeechState.waiting,
    attempts=0,
    expires_at=T0 + LIFE,
    error=None,
    created_at=T0,
    done_at=None,
    node_online=True,
    node_revoked=False,
    alert_state=AlertState.pending_review,
)


def test_a_warning_is_sent_while_it_is_fresh() -> None:
    assert refusal(DUE, at=T0) is None
    assert refusal(replace(DUE, node_online=False), at=T0 + LIFE - timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    ("speech", "after_s", "says"),
    [
        (DUE, 120, "did not answer"),
        (replace(DUE, node_online=False), 120, "offline"),
        (replace(DUE, node_revoked=True), 0, "revoked"),
        (replace(DUE, alert_state=AlertState.rejected), 0, "rejected"),
    ],
)
def test_otherwise_the_owner_reads_why_it_was_not(speech: DueSpeech, after_s: float, says: str) -> None:
    assert says in (refusal(speech, at=T0 + timedelta(seconds=after_s)) or "")


def test_a_node_reads_what_the_platform_writes() -> None:
    command = parse_speak(speak_command(DUE.id, text=DUE.text, expires_at=DUE.expires_at))
    assert (command.id, command.text, command.expires_at) == (DUE.id, DUE.text, DUE.expires_at)


@pytest.mark.parametrize("text", ["", "x" * 201, "a\x00b", "a\x1bb"])
def test_a_node_refuses_words_that_no_platform_sends(text: str) -> None:
    with pytest.raises(Invalid, match="speak command text"):
        parse_speak(speak_command(DUE.id, text=text, expires_at=DUE.expires_at))
