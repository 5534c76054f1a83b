"""The clip desk: requests the seconds around a violation from nodes, and receives their refusals."""

import queue
import threading
from dataclasses import dataclass
from datetime import datetime

import structlog
from prometheus_client import Counter

from ingest.mqtt import Incoming
from ingest.outlet import Outlet
from ingest.payloads.asking import Answer, clip_command, parse_answer
from ingest.topics import PREFIX, Topic
from models.base.away import passing_over
from models.base.clock import Clock
from models.base.errors import Invalid
from models.base.tokens import new_token, token_digest
from models.domain.clips import PER_ASKING
from models.store import Store, Write, clips
from models.store.clips import DueClip

log = structlog.get_logger()

CLIPS = Counter("mingchu_ingest_clips_total", "Clips requested from nodes, by outcome", ["what"])

LOOK_EVERY_S = 0.5
AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The action for one due request: ask the node with `token`, or use kept frames because of `error`."""

    clip: DueClip
    token: str | None
    error: str | None


def plan(clip: DueClip, *, at: datetime) -> Asking:
    """Decide the action for a due request."""
    error = None
    if clip.node_revoked:
        error = "接入凭证已吊销 the node's access was revoked"
    elif not clip.node_can:
        error = "该接入设备不支持回传片段 the node can't upload clips"
    elif at >= clip.give_up_at:
        error = "接入设备未在时限内回传 the node uploaded nothing in time"
    elif not clip.node_online and at >= clip.ends_at:
        error = "接入设备离线 the node is offline"
    return Asking(clip=clip, token=None if error else new_token(), error=error)


def _note(w: Write, asking: Asking, *, at: datetime) -> None:
    clip = asking.clip
    if asking.token is None:
        clips.use_frames(w, clip.id, error=asking.error or "", at=at)
        return
    clips.asked(
        w,
        clip.id,
        token_sha256=token_digest(asking.token),
        token_expires_at=clip.give_up_at + PER_ASKING,
        next_at=min(max(clip.ends_at, at) + PER_ASKING, max(clip.give_up_at, at + PER_ASKING)),
    )


class ClipDesk:
    """Requests clips and notes refusals, on a thread of its own beside intake.

    Args:
        public_url: base URL at which nodes reach the API, `http(s)://host[:port]`.
    """

    def __init__(self, store: Store, link: Outlet, *, public_url: str, clock: Clock) -> None:
        self._store, self._link, self._clock = store, link, clock
        self._public_url = public_url.rstrip("/")
        self._refusals: queue.SimpleQueue[tuple[str, Answer]] = queue.SimpleQueue()

    def run(self, *, stop: threading.Event) -> None:
        """Request due clips until `stop` is set."""
        while not stop.wait(LOOK_EVERY_S):
            if not self._link.is_connected:
                continue
            with passing_over(stop=stop):
                self.take_refusals()
                while self.ask_due() == AT_ONCE:
                    pass

    def ask_due(self) -> int:
        """Request the clips that are due; return how many requests changed."""
        at = self._clock.now()
        with self._store.write() as w:
            plans = [plan(clip, at=at) for clip in clips.due(w, at=at, limit=AT_ONCE)]
            for asking in plans:
                _note(w, asking, at=at)
        # Send after the commit, because a fast node may use the upload address at once.
        for asking in plans:
            self._send(asking, at=at)
        return len(plans)

    def _send(self, asking: Asking, *, at: datetime) -> None:
        clip = asking.clip
        if asking.token is None:
            CLIPS.labels("frames").inc()
            log.info("clip from kept frames", clip=str(clip.id), device=clip.device_id, reason=asking.error)
            return
        expires_at = clip.give_up_at
        payload = clip_command(
            clip.id,
            expires_at=expires_at,
            start=clip.from_at,
            end=clip.to_at,
            upload_url=f"{self._public_url}/v1/uploads/{asking.token}",
        )
        topic = f"{PREFIX}/{clip.tenant_id}/{clip.site_id}/{clip.node_id}/{clip.device_id}/cmd/clip"
        life = max(1, int((expires_at - at).total_seconds()))
        self._link.publish(topic, payload, qos=1, expiry_s=life)
        CLIPS.labels("asked").inc()
        log.info("clip requested", clip=str(clip.id), device=clip.device_id, attempt=clip.attempts + 1)

    def answered(self, message: Incoming) -> None:
        """Take a node's answer; called on the network thread. An unreadable answer is only counted."""
        try:
            topic, answer = Topic.parse(message.topic), parse_answer(message.payload)
        except Invalid as error:
            CLIPS.labels("bad_answer").inc()
            log.warning("answer to a clip command can't be read", topic=message.topic[:200], error=str(error))
            return
        if answer.ok:
            CLIPS.labels("brought").inc()
        else:
            self._refusals.put((topic.node, answer))

    def take_refusals(self) -> None:
        """Store the refusals received so far; those clips are then made from kept frames."""
        while not self._refusals.empty():
            node, answer = self._refusals.get()
            with self._store.write() as w:
                error = answer.error or "?"
                known = clips.refused(w, answer.id, node_id=node, error=error, at=self._clock.now())
            if known:
                CLIPS.labels("refused").inc()
                log.info("clip refused", clip=str(answer.id), node=node, reason=answer.error)
