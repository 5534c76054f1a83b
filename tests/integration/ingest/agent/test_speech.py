"""A critical alert is spoken in the kitchen: real store, ingest, broker and agent, a program as loudspeaker."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from ingest.agent.config import SpeakerConfig
from ingest.agent.speech import MOST_WAITING, Speaker
from ingest.payloads.asking import speak_command
from models.base.clock import SystemClock
from models.catalogue.terms import SpeechState
from models.domain.speeches import Speech
from models.evidence.files import EvidenceFiles
from models.store import speeches
from tests.integration.ingest.agent.conftest import Ear, Site
from tests.support.people import raise_alert
from tests.support.rig import Rig
from tests.support.waiting import wait_for

WRITES = "import sys; open(sys.argv[1], 'a', encoding='utf-8').write(sys.stdin.buffer.read().decode() + '\\n')"


def loudspeaker(folder: Path, program: str = WRITES) -> list[str]:
    return [sys.executable, "-c", program, str(folder / "said")]


def newest(rig: Rig) -> Speech | None:
    with rig.store.read() as r:
        return next(iter(speeches.speeches(r, limit=1)), None)


def test_a_critical_alert_is_spoken_once(site: Site, ear: Ear, rig: Rig, tmp_path: Path) -> None:
    site.run([], speaker=loudspeaker(tmp_path))
    wait_for(lambda: ear.status() is not None and ear.status().can == ("clip", "speak"))
    wait_for(lambda: _can_speak(rig))
    raise_alert(rig.store, EvidenceFiles(tmp_path / "evidence"), rig.kitchens[0], "no_mask")
    assert newest(rig) is None  # only critical ones are spoken
    raise_alert(rig.store, EvidenceFiles(tmp_path / "evidence"), rig.kitchens[0], "rodent")
    spoken = wait_for(lambda: (found := newest(rig)) and found.state is SpeechState.spoken and found)
    assert (tmp_path / "said").read_text("utf-8") == f"{spoken.text}\n"
    assert "请立即处理" in spoken.text
    assert spoken.node_id == rig.kitchens[0].node


def test_an_answer_of_another_node_counts_for_nothing(site: Site, ear: Ear, rig: Rig, tmp_path: Path) -> None:
    site.run([], speaker=loudspeaker(tmp_path, "import time; time.sleep(4)"))
    wait_for(lambda: _can_speak(rig))
    raise_alert(rig.store, EvidenceFiles(tmp_path / "evidence"), rig.kitchens[0], "rodent")
    asked = wait_for(lambda: (found := newest(rig)) and found.state is SpeechState.asked and found)
    with rig.node(rig.kitchens[1]) as stranger:
        wait_for(lambda: stranger.connected)
        stranger.answer("_", "speak", json.dumps({"id": str(asked.id), "ok": False, "error": "forged"}).encode())
        done = wait_for(lambda: (found := newest(rig)) and found.done_at is not None and found)
    assert (done.state, done.error) == (SpeechState.spoken, None)


def _can_speak(rig: Rig) -> bool:
    with rig.store.read() as r:
        found = r.raw.execute("SELECT 'speak' = ANY (can) FROM node WHERE id = %s", [rig.kitchens[0].node]).fetchone()
    return found is not None and bool(found[0])


class Platform:
    """The answers that the platform receives."""

    def __init__(self) -> None:
        self.answers: list[dict[str, object]] = []

    def answer(self, _device: str, payload: bytes) -> bool:
        self.answers.append(json.loads(payload))
        return True

    def of(self, speech: UUID) -> list[dict[str, object]]:
        return [answer for answer in self.answers if answer["id"] == str(speech)]


def asked(speech: UUID, *, lives_s: float = 60) -> bytes:
    return speak_command(
        speech, text="请注意 --help; rm -rf /", expires_at=datetime.now(UTC) + timedelta(seconds=lives_s)
    )


@pytest.mark.parametrize(
    ("program", "lives_s", "says"),
    [
        ([sys.executable, "-c", "raise SystemExit(3)"], 60, "ended with 3"),
        ([sys.executable, "-c", "import time; time.sleep(60)"], 60, "did not end within"),
        (["/no/such/program"], 60, "can't be started"),
        ([sys.executable, "-c", ""], -1, "expired"),
    ],
)
def test_what_was_not_said_has_a_reason(program: list[str], lives_s: float, says: str) -> None:
    platform, speech = Platform(), uuid4()
    speaker = Speaker(SpeakerConfig(command=program, timeout_s=1.0), answer=platform.answer, clock=SystemClock())
    speaker.start()
    speaker.command("_", asked(speech, lives_s=lives_s))
    (answer,) = wait_for(lambda: platform.of(speech))
    speaker.stop()
    assert answer["ok"] is False
    assert says in str(answer["error"])


def test_a_repeated_command_is_said_once_and_answered_again(tmp_path: Path) -> None:
    platform, speech = Platform(), uuid4()
    config = SpeakerConfig(command=loudspeaker(tmp_path))
    speaker = Speaker(config, answer=platform.answer, clock=SystemClock())
    speaker.start()
    speaker.command("_", asked(speech))
    speaker.command("_", asked(speech))
    wait_for(lambda: platform.of(speech))
    speaker.command("_", asked(speech))
    speaker.stop()
    assert [answer["ok"] for answer in platform.of(speech)] == [True, True]
    assert (tmp_path / "said").read_text("utf-8").count("\n") == 1


def test_a_flood_is_refused_and_bad_commands_are_not_answered() -> None:
    platform = Platform()
    config = SpeakerConfig(command=[sys.executable, "-c", "import time; time.sleep(1)"])
    speaker = Speaker(config, answer=platform.answer, clock=SystemClock())
    speaker.start()
    for payload in (b"", b"{}", b"x" * 9000, asked(uuid4()).replace(b"text", b"words")):
        speaker.command("_", payload)
    for _ in range(MOST_WAITING + 3):
        speaker.command("_", asked(uuid4()))
    refused = [answer for answer in platform.answers if "wait already" in str(answer.get("error"))]
    speaker.stop()
    assert len(refused) >= 2
