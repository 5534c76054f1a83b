"""Send the notices that are due: look at the subject again, write the text, hand it over, note the outcome.

A message is marked as being sent in the transaction that also looks at its subject, and handed over after the commit.
If the process dies in between, the message is sent again: at least once.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge

from alerts.notices.channels import deliver
from alerts.notices.door import DeliveryFailed
from alerts.notices.rendering import Duty, Text, Told, render, render_digest
from alerts.notices.subjects import told_of
from alerts.notices.timing import LEASE, MOST_ATTEMPTS, Standing, again_at, held_until, hour_of, plan, rests_until
from models.base.clock import Clock
from models.base.errors import StoreUnavailable
from models.catalogue.notices import OCCASIONS, TEST
from models.catalogue.terms import ChannelKind, NoticeState, label
from models.domain.notices import Channel, Notice, NoticeSettings
from models.store import Store, Write, outgoing

log = structlog.get_logger()

SENT = Counter("mingchu_notices_total", "Attempts to send a notice by message", ["outcome"])
UNDER_WAY = Gauge("mingchu_notices_under_way", "Notices that wait or are being sent")
DEAD_LETTERS = Gauge("mingchu_notices_given_up", "Notices that the platform has given up sending")
WORKERS = 8
TICK_S = 0.5
COUNT_EVERY = 60
Deliver = Callable[[ChannelKind, str, Text, NoticeSettings], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message on its way: a notice marked as being sent, its text and where it goes."""

    notice: Notice
    channel: Channel
    address: str
    text: Text


@dataclass(frozen=True, slots=True)
class Settled:
    """A notice that was due needs no sending now: it was held back, cancelled or given up."""


class Unpreparable(Exception):
    """A notice whose text can't be written, for example because a row is damaged."""

    def __init__(self, notice_id: UUID) -> None:
        super().__init__(str(notice_id))
        self.notice_id = notice_id


def prepare(w: Write, *, at: datetime, public_url: str) -> Outgoing | Settled | None:
    """Take the most urgent due notice and decide about it; None if there is none at a free channel.

    Raises:
        Unpreparable: its text can't be written.
    """
    found = outgoing.due(w, at=at)
    if found is None:
        return None
    channel, first = found
    try:
        return _decide(w, channel, first, at=at, public_url=public_url)
    except (LookupError, ValueError, TypeError, OverflowError) as error:
        raise Unpreparable(first.id) from error


def _decide(w: Write, channel: Channel, first: Notice, *, at: datetime, public_url: str) -> Outgoing | Settled:
    if (problem := _closed(channel, first, at=at)) is not None:
        state, reason = problem
        outgoing.settle(w, [first.id], state=state, reason=reason, at=at)
        return Settled()
    together = [first, *outgoing.companions(w, first, at=at)]
    told = {notice.id: told_of(w, notice, channel) for notice in together}
    decided = plan([Standing(notice=notice, over=_over(notice, told[notice.id])) for notice in together])
    for one in decided.cancelled:
        outgoing.settle(w, [one.notice.id], state=NoticeState.cancelled, reason=one.over or "", at=at)
    if decided.send is None:
        return Settled()
    alive = (decided.send, *decided.carried)
    sent = outgoing.sent_since(w, decided.send, since=hour_of(at))
    until = held_until(decided.send, channel, sent_this_hour=sent, at=at)
    if until is not None:
        outgoing.hold(w, [notice.id for notice in alive], until=until)
        return Settled()
    text = _text(alive, told, channel, public_url=public_url)
    return _begin(w, decided.send, decided.carried, channel, text, at=at)


def _begin(
    w: Write, notice: Notice, carried: tuple[Notice, ...], channel: Channel, text: Text, *, at: datetime
) -> Outgoing | Settled:
    address = outgoing.address_of(w, channel.id)
    if address is None:
        outgoing.settle(w, [notice.id], state=NoticeState.cancelled, reason="通知渠道已删除", at=at)
        return Settled()
    merged = [member.id for member in carried]
    begun = outgoing.begin(w, notice, merged, text=text.whole, lease=at + LEASE, at=at)
    return Outgoing(notice=begun, channel=channel, address=address, text=text)


def _closed(channel: Channel, notice: Notice, *, at: datetime) -> tuple[NoticeState, str] | None:
    """Return why a notice is not sent for reasons of its own; None if it may be."""
    if channel.removed_at is not None or not channel.enabled:
        return NoticeState.cancelled, "通知渠道已停用或删除"
    if notice.attempts >= MOST_ATTEMPTS:  # the sender died during the last attempt
        return NoticeState.exhausted, "发送中断"
    if notice.expires_at <= at:
        return NoticeState.expired, "等待过久，未能发送"
    return None


def _over(notice: Notice, about: Told | None) -> str | None:
    """Return why a message makes no sense any more; None if it does."""
    if notice.occasion == TEST:
        return None
    occasion = OCCASIONS.get(notice.occasion)
    if about is None or occasion is None:
        return "事项已不存在"
    if about.subject.state not in occasion.states:
        now = about.subject.state_label if isinstance(about.subject, Duty) else label(about.subject.state)
        return f"事项已变为“{now}”，无需再通知"
    return None


def _text(alive: tuple[Notice, ...], told: dict[UUID, Told | None], channel: Channel, *, public_url: str) -> Text:
    parts = [(notice, about) for notice in alive if (about := told[notice.id]) is not None]
    if len(parts) > 1:
        return render_digest(parts, channel, public_url=public_url)
    return render(alive[0], told[alive[0].id], channel, public_url=public_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Sends on threads of its own: a slow receiver delays neither deadlines nor other receivers."""

    store: Store
    settings: NoticeSettings
    public_url: str
    deliver: Deliver = field(default=deliver)

    def run(self, *, stop: threading.Event, clock: Clock) -> None:
        """Send what is due until `stop` is set; wait while the database is unavailable."""
        flying: set[Future[None]] = set()
        passes = 0
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="notice") as pool:
            while not stop.is_set():
                flying = {one for one in flying if not one.done()}
                try:
                    taken = None if len(flying) >= WORKERS else self.take(clock)
                    if passes % COUNT_EVERY == 0:
                        self._count()
                except StoreUnavailable as error:
                    log.warning("notices are waiting for the database", error=str(error))
                    stop.wait(1)
                    continue
                if isinstance(taken, Outgoing):
                    flying.add(pool.submit(self.send, taken, clock))
                elif taken is None:
                    passes += 1
                    stop.wait(TICK_S)

    def take(self, clock: Clock) -> Outgoing | Settled | None:
        """Prepare the next notice in a transaction; one that can't be written is given up and holds up no other."""
        at = clock.now()
        try:
            with self.store.write() as w:
                return prepare(w, at=at, public_url=self.public_url)
        except Unpreparable as error:
            log.exception("a notice can't be written", notice=str(error.notice_id))
            with self.store.write() as w:
                outgoing.settle(w, [error.notice_id], state=NoticeState.exhausted, reason="无法生成消息内容", at=at)
            return Settled()

    def send(self, out: Outgoing, clock: Clock) -> None:
        """Hand a prepared message over and note the outcome."""
        began = clock.now()
        error, final = None, False
        try:
            self.deliver(out.channel.kind, out.address, out.text, self.settings)
        except DeliveryFailed as failure:
            error, final = str(failure), failure.final
        except Exception:
            log.exception("a message could not be handed over", notice=str(out.notice.id))
            error = "发送出错"
        try:
            self._note(out, error, final=final, began=began, at=clock.now())
        except StoreUnavailable as away:
            log.warning(
                "the outcome of a message is lost; it is sent again", notice=str(out.notice.id), error=str(away)
            )

    def _note(self, out: Outgoing, error: str | None, *, final: bool, began: datetime, at: datetime) -> None:
        again = None if error is None or final else again_at(out.notice.attempts, at=at)
        rests = None if error is None else rests_until(out.channel.failures + 1, at=at)
        with self.store.write() as w:
            outgoing.note_attempt(w, out.notice, error=error, again_at=again, rests_until=rests, began=began, at=at)
        SENT.labels("delivered" if error is None else "failed").inc()
        log.info(
            "notice sent" if error is None else "notice not sent",
            notice=str(out.notice.id),
            channel=str(out.channel.id),
            attempt=out.notice.attempts,
            error=error,
        )

    def _count(self) -> None:
        with self.store.read() as r:
            under_way, dead = outgoing.waiting(r)
        UNDER_WAY.set(under_way)
        DEAD_LETTERS.set(dead)

    def work_off(self, clock: Clock) -> int:
        """Send what is due now, one after the other; return how many attempts that took. For tests and tools."""
        count = 0
        while (taken := self.take(clock)) is not None:
            if isinstance(taken, Outgoing):
                self.send(taken, clock)
                count += 1
        return count
