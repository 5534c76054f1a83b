"""Send webhooks: queue each endpoint's events in its owner's scope, then deliver what is due, each signed.

The queue of an endpoint follows the feed: a delivery carries the event's number and that of the one before it. A
process that dies in the middle sends again: at least once. A slow receiver occupies its own endpoint alone.
"""

import random
import re
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from standardwebhooks.webhooks import Webhook

from alerts.notices.door import Answer, DeliveryFailed, post
from api.webhooks.desk import delivery_of
from models.base.addresses import Outside
from models.base.away import AWAY, passing_over
from models.base.clock import Clock
from models.base.errors import CursorExpired, CursorFromFuture, FeedRestored
from models.base.jsonio import dumps
from models.catalogue.terms import DeliveryState
from models.domain.webhooks import LEASE, ORPHANED, RETRIES, Delivery, Endpoint
from models.events.envelope import FeedEvent
from models.store import Scope, Store, feed, webhooks

log = structlog.get_logger()

SENT = Counter("mingchu_webhooks_total", "Attempts to deliver a webhook", ["outcome"])
WORKERS = 8
TICK_S = 0.5
AT_ONCE = 200
_GONE = 410
_SECONDS = re.compile(r"[0-9]{1,9}")
_MOST_SHOWN = 500


class WebhookSettings(BaseSettings):
    """How webhooks leave the platform."""

    model_config = SettingsConfigDict(env_prefix="MINGCHU_WEBHOOK_", frozen=True, extra="ignore")

    allow: str = Field(
        default="",
        description="Internal receivers that webhooks may go to: host names, IP addresses or networks, separated by "
        "commas; every other private address, and plain http, is refused",
    )


def scope_of(endpoint: Endpoint) -> Scope:
    """Return what the owner of an endpoint may see."""
    if endpoint.group_id is not None:
        unreviewed = endpoint.entity_id is None
        return Scope.of_group(endpoint.tenant_id, endpoint.group_id, endpoint.group_form or "", unreviewed=unreviewed)
    if endpoint.entity_id is not None:
        return Scope.of_entity(endpoint.tenant_id, endpoint.entity_id)
    if endpoint.region_code:
        return Scope.of_region(endpoint.tenant_id, endpoint.region_code)
    return Scope.of_tenant(endpoint.tenant_id)


def body_of(event: FeedEvent, *, prev_seq: int) -> str:
    """Return what is sent of an event: its envelope as in the feed, and the number before it. No evidence."""
    return dumps({**event.envelope(), "prev_seq": prev_seq})


def signed(delivery: Delivery, secrets: list[str], *, at: datetime) -> dict[str, str]:
    """Return the headers of a delivery, with a signature of each secret."""
    message = f"msg_{delivery.id.hex}"
    return {
        "Content-Type": "application/json",
        "User-Agent": "mingchu-webhooks/1",
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(
            Webhook(secret).sign(msg_id=message, timestamp=at, data=delivery.body) for secret in secrets
        ),
        **({"mingchu-replayed": "true"} if delivery.replayed else {}),
    }


def again_in(delivery: Delivery, retry_after: str | None) -> timedelta | None:
    """Return when to try again after a failure, with jitter; None if there is no further attempt."""
    if delivery.attempts > len(RETRIES):
        return None
    wait = RETRIES[delivery.attempts - 1] * random.uniform(1.0, 1.1)  # noqa: S311 - jitter
    asked = int(retry_after) if retry_after is not None and _SECONDS.fullmatch(retry_after) else 0
    return timedelta(seconds=max(wait, min(asked, RETRIES[-1])))


class Dispatcher:
    """Queues and delivers, on threads of its own beside the API."""

    def __init__(self, store: Store, settings: WebhookSettings, *, clock: Clock) -> None:
        self._store, self._outside, self._clock = store, Outside(settings.allow), clock

    def run(self, *, stop: threading.Event) -> None:
        """Work until `stop` is set. A worker delivers what is due at one endpoint after the other."""
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="webhook") as pool:
            working: set[Future[None]] = set()
            while not stop.wait(TICK_S):
                with passing_over(stop=stop):
                    self.fill()
                    working = {one for one in working if not one.done()}
                    for _ in range(min(WORKERS - len(working), self._due())):
                        working.add(pool.submit(self._drain, stop))

    def _drain(self, stop: threading.Event) -> None:
        with passing_over(stop=stop):
            while not stop.is_set() and self.send_next():
                pass

    def _due(self) -> int:
        """Return at how many free endpoints something is due, up to the number of workers."""
        with self._store.read(Scope.of_access()) as r:
            return webhooks.due(r, at=self._clock.now(), most=WORKERS)

    def fill(self) -> int:
        """Queue the events that endpoints have not got; return how many. Endpoints without a maker get none."""
        self._give_up_orphans()
        with self._store.read(Scope.of_access()) as r:
            newest, _ = feed.bounds(r)
            behind = webhooks.to_fill(r, newest=newest, limit=AT_ONCE)
        return sum(self._filled(endpoint, newest) for endpoint in behind)

    def _give_up_orphans(self) -> None:
        at = self._clock.now()
        with self._store.write(Scope.of_access()) as w:
            for endpoint_id in webhooks.give_up_orphans(w, reason=ORPHANED, at=at):
                webhooks.cancel_open(w, endpoint_id, error=ORPHANED, at=at)
                log.warning("a webhook was given up", endpoint=str(endpoint_id), why=ORPHANED)

    def _filled(self, endpoint: Endpoint, newest: int) -> int:
        try:
            return self._fill(endpoint, newest)
        except AWAY:
            raise
        except Exception:  # one endpoint's event must not keep the others from theirs
            log.exception("a webhook could not be queued", endpoint=str(endpoint.id))
            return 0

    def _fill(self, endpoint: Endpoint, newest: int) -> int:
        at = self._clock.now()
        types = list(endpoint.types) or None
        try:
            with self._store.read(scope_of(endpoint)) as r:
                events = feed.events_after(r, cursor=endpoint.cursor, limit=AT_ONCE, types=types)
        except (CursorExpired, CursorFromFuture, FeedRestored) as lost:
            # The receiver sees from `prev_seq` that something is missing, and the feed is the truth.
            log.warning("a webhook lost its place in the feed", endpoint=str(endpoint.id), why=type(lost).__name__)
            events = []
        cursor = events[-1].seq if len(events) == AT_ONCE else max(newest, *(event.seq for event in events), 0)
        last = endpoint.last_seq
        with self._store.write(Scope.of_access()) as w:
            newer = events[-1].seq if events else last
            if not webhooks.advance(w, endpoint, cursor=cursor, last_seq=newer):
                return 0  # another process was faster
            for event in events:
                body = body_of(event, prev_seq=last)
                queued = delivery_of(endpoint, seq=event.seq, prev_seq=last, kind=event.type, body=body, at=at)
                webhooks.add_delivery(w, queued, at=at)
                last = event.seq
        return len(events)

    def send_next(self) -> bool:
        """Deliver what is due at one free endpoint; return whether there was something."""
        at = self._clock.now()
        with self._store.write(Scope.of_access()) as w:
            taken = webhooks.take(w, at=at, lease=at + LEASE)
            if taken is None:
                return False
            endpoint = webhooks.endpoint(w, taken.endpoint_id)
            secrets = webhooks.secrets(w, taken.endpoint_id, at=at)
        if endpoint is None:
            return False
        try:
            answer = post(endpoint.url, taken.body.encode(), signed(taken, secrets, at=at), outside=self._outside)
        except DeliveryFailed as error:
            self._note(endpoint, taken, None, str(error))
        else:
            self._note(endpoint, taken, answer, None)
        return True

    def _note(self, endpoint: Endpoint, sent: Delivery, answer: Answer | None, error: str | None) -> None:
        at = self._clock.now()
        status = None if answer is None else answer.status_code
        done = status is not None and 200 <= status < 300  # noqa: PLR2004
        wait = None if done or status == _GONE else again_in(sent, None if answer is None else answer.retry_after)
        state = DeliveryState.delivered if done else DeliveryState.retrying if wait else DeliveryState.exhausted
        shown = "" if answer is None else answer.content[:_MOST_SHOWN].decode("utf-8", "replace").replace("\x00", "")
        with self._store.write(Scope.of_access()) as w:
            webhooks.note(
                w,
                sent,
                state=state,
                status=status,
                answer=shown[:_MOST_SHOWN],
                error=error or (None if done else f"HTTP {status}"),
                next_at=at + (wait or timedelta()),
                done_at=None if wait else at,
            )
            if status == _GONE:
                webhooks.change_endpoint(w, replace(endpoint, disabled_reason="the receiver answered 410 Gone"))
                webhooks.cancel_open(w, endpoint.id, error="the receiver answered 410 Gone", at=at)
        SENT.labels(state.value).inc()
        log.info("webhook", endpoint=str(endpoint.id), delivery=str(sent.id), state=state, status=status, error=error)
