"""The speech desk: asks nodes to play messages on their loudspeakers, and receives their answers."""

import queue
import threading
from datetime import datetime

import structlog
from prometheus_client import Counter

from ingest.mqtt import Incoming
from ingest.outlet import Outlet
from ingest.payloads.asking import Answer, parse_answer, speak_command
from ingest.topics import NODE_LEVEL, PREFIX, Topic
from models.base.away import passing_over
from models.base.clock import Clock
from models.base.errors import Invalid
from models.catalogue.terms import AlertState
from models.domain.speeches import PER_ASKING
from models.store import Store, speeches
from models.store.speeches import DueSpeech

log = structlog.get_logger()

SPEECHES = Counter("mingchu_ingest_speeches_total", "Messages for loudspeakers, by outcome", ["what"])

LOOK_EVERY_S = 0.5
AT_ONCE = 50
_OVER = frozenset({AlertState.rejected})


def refusal(speech: DueSpeech, *, at: datetime) -> str | None:
    """Return why a due message is not sent to its node any more; None if it is sent."""
    if speech.node_revoked:
        return "接入凭证已吊销 the node's access was revoked"
    if speech.alert_state in _OVER:
        return "预警已被排除 the alert was rejected"
    if at >= speech.expires_at:
        return (
            "接入设备离线 the node is offline" if not speech.node_online else "接入设备没有应答 the node did not answer"
        )
    return None


class SpeechDesk:
    """Requests messages and notes the answers, on a thread of its own beside intake."""

    def __init__(self, store: Store, link: Outlet, *, clock: Clock) -> None:
        self._store, self._link, self._clock = store, link, clock
        self._answers: queue.SimpleQueue[tuple[str, Answer]] = queue.SimpleQueue()

    def run(self, *, stop: threading.Event) -> None:
        """Request due messages until `stop` is set."""
        while not stop.wait(LOOK_EVERY_S):
            if not self._link.is_connected:
                continue
            with passing_over(stop=stop):
                self.take_answers()
                while self.ask_due() == AT_ONCE:
                    pass

    def ask_due(self) -> int:
        """Request the messages that are due; return how many requests changed."""
        at = self._clock.now()
        asked = []
        with self._store.write() as w:
            due = speeches.due(w, at=at, limit=AT_ONCE)
            for speech in due:
                error = refusal(speech, at=at)
                if error is None:
                    speeches.asked(w, speech.id, next_at=min(at + PER_ASKING, max(speech.expires_at, at)))
                    asked.append(speech)
                else:
                    speeches.ended(w, speech.id, node_id=None, error=error, at=at)
                    SPEECHES.labels("given_up").inc()
        for speech in asked:
            self._send(speech, at=at)
        return len(due)

    def _send(self, speech: DueSpeech, *, at: datetime) -> None:
        topic = f"{PREFIX}/{speech.tenant_id}/{speech.site_id}/{speech.node_id}/{NODE_LEVEL}/cmd/speak"
        life = max(1, int((speech.expires_at - at).total_seconds()))
        payload = speak_command(speech.id, text=speech.text, expires_at=speech.expires_at)
        self._link.publish(topic, payload, qos=1, expiry_s=life)
        SPEECHES.labels("asked").inc()
        log.info("speech requested", speech=str(speech.id), node=speech.node_id, attempt=speech.attempts + 1)

    def answered(self, message: Incoming) -> None:
        """Take a node's answer; called on the network thread. An unreadable answer is only counted."""
        try:
            topic, answer = Topic.parse(message.topic), parse_answer(message.payload)
        except Invalid as error:
            SPEECHES.labels("bad_answer").inc()
            log.warning("answer to a speak command can't be read", topic=message.topic[:200], error=str(error))
            return
        self._answers.put((topic.node, answer))

    def take_answers(self) -> None:
        """Store the answers received so far. A node answers for its own messages alone."""
        while not self._answers.empty():
            node, answer = self._answers.get()
            error = None if answer.ok else answer.error or "?"
            with self._store.write() as w:
                known = speeches.ended(w, answer.id, node_id=node, error=error, at=self._clock.now())
            if known:
                SPEECHES.labels("spoken" if answer.ok else "refused").inc()
                log.info("speech answered", speech=str(answer.id), node=node, ok=answer.ok, reason=answer.error)
