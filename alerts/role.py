"""The alerts role: a loop that groups findings, judges series, raises overdue levels and numbers the feed."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import structlog
from prometheus_client import Counter, Gauge

from alerts.duties.dispatch import count_today
from alerts.duties.lists import shipped
from alerts.duties.own_pledges import own_lists
from alerts.duties.patrol_plans import draw_due
from alerts.duties.supervision import mark_late, plan
from alerts.duties.warnings.evaluating import evaluate_due
from alerts.evidence.digests import close_feed_day
from alerts.evidence.retention import Keeper
from alerts.evidence.sealing import close_days, seal
from alerts.evidence.timestamps import Stamper
from alerts.findings.devices import account_minutes, watch_devices
from alerts.findings.grouping import group_new_violations
from alerts.findings.series import check_series
from alerts.hazards.accountability import assign_waiting
from alerts.hazards.deadlines import look_again
from alerts.hazards.escalation import escalate
from alerts.hazards.tasks import raise_overdue
from alerts.indices.scheduled import Indexer
from alerts.notices.sending import Sender
from alerts.posts import Posts
from alerts.precision.baselines import conclude
from alerts.precision.service import propose
from alerts.registry.public import renew_bright_kitchens
from models.base.away import passing_over, until_there
from models.base.clock import Clock, SystemClock
from models.base.errors import LeaseLost, StoreUnavailable
from models.base.metrics import READY
from models.base.threads import beside
from models.domain.speeches import MEMORY as SPEECH_MEMORY
from models.domain.webhooks import MEMORY as WEBHOOK_MEMORY
from models.evidence.signing import Signer
from models.store import Store, Write, access, feed, outgoing, pledges, quarantine, speeches, violations, webhooks
from models.store.listen import Listener
from models.store.migrate import renew_partitions

log = structlog.get_logger()

DONE = Counter("mingchu_alerts_work_total", "Work items done by the alerts role", ["kind"])
PASS_SECONDS = Gauge("mingchu_alerts_pass_seconds", "How long the last pass over all work took, without duties")
DUTIES_SECONDS = Gauge("mingchu_alerts_duties_seconds", "How long the last pass over duties and their warnings took")
DUTIES_DONE = Gauge("mingchu_alerts_duties_done_seconds", "When the last pass over duties ended, in Unix time")

TICK_S = 0.25
OVERDUE_EVERY_S = 10.0
CAMERAS_EVERY_S = 15.0
REGIONS_AT_ONCE = 200
HOUSEKEEPING_EVERY_S = 3600.0
DIGEST_EVERY_S = 10.0
PUBLIC_EVERY_S = 60.0
"""It looks at every camera; what it finds is cached by its readers for five minutes."""
KEPT_QUARANTINE, KEPT_QUARANTINE_OF_NODE = 100_000, 1_000
EDGE_EVENT_MEMORY = timedelta(days=7)
ANSWER_MEMORY = timedelta(days=1)
NOTICE_MEMORY = timedelta(days=180)
CHANNELS = ("mingchu_outbox", "mingchu_violation", "mingchu_reading")


@dataclass(slots=True)
class Every:
    """A timer on the monotonic clock; it is due at once the first time, then after each interval."""

    seconds: float
    due: float = field(default=0.0)

    def now(self) -> bool:
        """Return whether it is due; if so, start the next interval."""
        moment = time.monotonic()
        if moment < self.due:
            return False
        self.due = moment + self.seconds
        return True


def run(
    store: Store,
    listener: Listener,
    *,
    stop: threading.Event,
    clock: Clock | None = None,
    keeper: Keeper | None = None,
    stamper: Stamper | None = None,
    sender: Sender | None = None,
    signer: Signer | None = None,
    replica: str = "0",
) -> None:
    """Work until `stop` is set; wait while the database is unavailable. `replica` names this process among several."""
    clock = clock or SystemClock()
    posts = Posts(store, name=replica)
    until_there(posts.tend, stop=stop)
    with ExitStack() as others:
        others.enter_context(beside(partial(posts.run, stop=stop), stop=stop, name="posts"))
        for name, one in (("keeper", keeper), ("stamper", stamper), ("indexer", Indexer(store))):
            if one is not None:
                work = partial(posts.while_held, "upkeep", partial(_run_until, one, clock), stop=stop)
                others.enter_context(beside(work, stop=stop, name=name))
        others.enter_context(beside(partial(_duties, store, posts, stop=stop, clock=clock), stop=stop, name="duties"))
        if sender is not None:
            others.enter_context(beside(partial(sender.run, stop=stop, clock=clock), stop=stop, name="sender"))
        _work(store, listener, posts, stop=stop, clock=clock, signer=signer)
    with passing_over():
        posts.end()


def _run_until(one: Keeper | Stamper | Indexer, clock: Clock, over: threading.Event) -> None:
    one.run(stop=over, clock=clock)


def _work(
    store: Store, listener: Listener, posts: Posts, *, stop: threading.Event, clock: Clock, signer: Signer | None
) -> None:
    overdue, housekeeping = Every(OVERDUE_EVERY_S), Every(HOUSEKEEPING_EVERY_S)
    watch, digest, public = Every(CAMERAS_EVERY_S), Every(DIGEST_EVERY_S), Every(PUBLIC_EVERY_S)
    turn = 0
    while not stop.is_set():
        began = time.monotonic()
        looks = watch.now()
        turn += looks
        try:
            busy = one_pass(
                store,
                clock=clock,
                overdue=overdue.now(),
                housekeeping=housekeeping.now(),
                cameras=looks,
                turn=turn,
                public=public.now(),
                posts=posts,
            )
            if digest.now() and posts.may("digests"):
                busy = _close_feed_days(store, clock=clock, signer=signer) or busy
        except StoreUnavailable as error:
            log.warning("waiting for the database", error=str(error))
            stop.wait(1)
            continue
        PASS_SECONDS.set(time.monotonic() - began)
        READY.set(1)
        if not busy:
            listener.wait(TICK_S)


def _duties(store: Store, posts: Posts, *, stop: threading.Event, clock: Clock) -> None:
    while not stop.is_set():
        began = time.monotonic()
        try:
            duties_pass(store, clock=clock, posts=posts)
        except StoreUnavailable as error:
            log.warning("waiting for the database", work="duties", error=str(error))
            stop.wait(1)
            continue
        DUTIES_SECONDS.set(time.monotonic() - began)
        DUTIES_DONE.set_to_current_time()
        stop.wait(OVERDUE_EVERY_S)


def one_pass(
    store: Store,
    *,
    clock: Clock,
    overdue: bool,
    housekeeping: bool,
    cameras: bool = False,
    turn: int = 0,
    public: bool = False,
    posts: Posts | None = None,
) -> bool:
    """Do the work that is due, but for duties, each kind in its own transaction; return whether there may be more.

    With `posts` only what this process may do; without, it is the only process. `turn` counts the looks at cameras.
    """
    at = clock.now()
    work: dict[str, Callable[[Write], int]] = {
        "violations": lambda w: group_new_violations(w, at=at),
        "series": lambda w: check_series(w, at=at),
    }
    if overdue:
        work["overdue"] = lambda w: raise_overdue(w, at=at)
        work["escalated"] = lambda w: escalate(w, at=at)
        work["assigned"] = lambda w: assign_waiting(w, at=at)
        work["deadlines"] = lambda w: look_again(w, at=at)
    if cameras:
        work["cameras"] = lambda w: watch_devices(w, at=at)
        work["minutes"] = lambda w: account_minutes(w, at=at, turn=turn)
        work["baselines"] = lambda w: conclude(w, at=at)
    if public:
        work["bright_kitchens"] = lambda w: renew_bright_kitchens(w, at=at)
    if housekeeping:
        work["housekeeping"] = lambda w: _housekeep(w, clock=clock)
        work["proposals"] = lambda w: propose(w, at=at)
        work["days_closed"] = lambda w: close_days(w, at=at)
    work["sealed"] = lambda w: seal(w, at=at)
    work["sequenced"] = feed.sequence
    if housekeeping:
        work["partitions"] = renew_partitions  # the last: it gives up while a dump is made
    return _each(store, work, posts) > 0


def duties_pass(store: Store, *, clock: Clock, posts: Posts | None = None) -> None:
    """Do the duties that are due, each kind in its own transaction.

    It has a thread of its own: with a province of enterprises, evaluating all warnings takes half a minute, for which
    no alert waits.
    """
    at = clock.now()
    work: dict[str, Callable[[Write], int]] = {
        "visits": lambda w: plan(w, at=at),
        "patrol_plans": lambda w: draw_due(w, at=at),
        "dispatch": lambda w: count_today(w, at=at),
        "visits_late": lambda w: mark_late(w, at=at),
        "pledge_counts": lambda w: pledges.count_marked(w, limit=REGIONS_AT_ONCE),
        "warnings": lambda w: evaluate_due(w, at=at),
    }
    _each(store, work, posts)


def _each(store: Store, work: Mapping[str, Callable[[Write], int]], posts: Posts | None) -> int:
    """Do each kind of work that this process may do, in its own transaction; return how many items were done."""
    done = 0
    for kind, step in work.items():
        if posts is not None and not posts.may(kind):
            continue
        try:
            with store.write() as w:
                if posts is not None:
                    posts.require(w, kind)
                count = step(w)
        except LeaseLost as error:
            log.warning("left to another process", work=kind, reason=str(error))
            continue
        DONE.labels(kind).inc(count)
        done += count
    return done


def _close_feed_days(store: Store, *, clock: Clock, signer: Signer | None) -> bool:
    """Close the next day of the feed, if it is over; return whether there was one."""
    count = close_feed_day(store, at=clock.now(), signer=signer)
    DONE.labels("digests").inc(count)
    return count > 0


def _housekeep(w: Write, *, clock: Clock) -> int:
    at = clock.now()
    quarantine.housekeeping(
        w,
        forget_events_before=at - EDGE_EVENT_MEMORY,
        keep_quarantined=KEPT_QUARANTINE,
        keep_quarantined_of_node=KEPT_QUARANTINE_OF_NODE,
    )
    violations.forget_edge_violations(w, before=at - EDGE_EVENT_MEMORY)
    access.forget_old(w, at=at, answers_before=at - ANSWER_MEMORY)
    outgoing.forget(w, before=at - NOTICE_MEMORY)
    speeches.forget(w, before=at - SPEECH_MEMORY)
    webhooks.forget(w, before=at - WEBHOOK_MEMORY)
    pledges.set_template(w, shipped().version, own_version=own_lists().version)
    return 0
