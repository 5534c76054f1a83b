"""Checks of a platform as its database shows it, on this machine or on servers of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg

from alerts.posts import KIND as POSTS
from deploy.doctor.result import Check
from deploy.places import Places, database_url_of
from ingest.partitions import KIND as INTAKE
from models.base.errors import MingchuError
from models.domain.capacity import LOOK_BACK, WARN_DAYS, Forecast, forecast
from models.store import health, leases, space
from models.store.connect import Read, read_once
from models.store.health import Health

SKEW_S = 60.0
"""A clock that is so far off spoils the order of events."""
SLOW_S = 60.0
"""An event is numbered within a second; one that waits so long shows that nobody does it."""
MANY = 0.5
FEW_LEFT = 0.9
_MACHINES_OFF = timedelta(seconds=5)
JUDGES = "vision"
"""As `vision.pipeline.sites` names it, which loads far more than a diagnosis needs."""
_KINDS = {
    JUDGES: ("sites with a camera are judged by nobody", "Start a `mingchu vision`; it takes them within seconds."),
    INTAKE: ("partitions of intake are owned by nobody", "Start a `mingchu ingest`; it takes them within seconds."),
    POSTS: (
        "posts of the alerts role are held by nobody: the feed, sealing, the watch or upkeep stands still",
        "Start a `mingchu alerts`; it takes them within seconds.",
    ),
}


def platform(places: Places) -> list[Check]:
    """Check what the database knows of the platform; empty if it does not answer, which another check reports."""
    url = database_url_of(places)
    if url is None:
        return []
    try:
        with read_once(url) as r:
            before = datetime.now(UTC)
            found = health.health(r, skew_s=SKEW_S)
            now = datetime.now(UTC)
            coming = forecast(space.since(r, found.clock - LOOK_BACK), at=found.clock)
            return [
                *_clock(found, before, now),
                *_shares(r),
                *_feed(found),
                *_nodes(found),
                *_losses(found),
                *_connections(found),
                *_capacity(coming),
            ]
    except (MingchuError, psycopg.Error):
        return []


def _clock(found: Health, before: datetime, now: datetime) -> Iterator[Check]:
    off = max(before - found.clock, found.clock - now, timedelta())
    if off > _MACHINES_OFF:
        remedy = "Set both clocks by NTP (`chronyc tracking`): leases and deadlines run by the database's."
        what = f"the clocks of this machine and of the database differ by {off.total_seconds():.0f} s"
        yield Check(good=False, what=what, remedy=remedy)
    if found.nodes_skewed:
        remedy = "Set their clocks by NTP; the page of each site shows by how much they are off."
        yield Check(
            good=False, what=f"the clocks of {found.nodes_skewed} nodes are off by more than a minute", remedy=remedy
        )


def _shares(r: Read) -> Iterator[Check]:
    for kind, (what, remedy) in _KINDS.items():
        free = leases.free(r, kind=kind)
        if free:
            yield Check(good=False, what=f"{free} {what}", remedy=remedy)


def _feed(found: Health) -> Iterator[Check]:
    waited = found.oldest_unnumbered_s
    if waited is not None and waited > SLOW_S:
        remedy = "Is a `mingchu alerts` running? Its log says what it waits for."
        yield Check(
            good=False, what=f"an event has waited {waited:.0f} s for its number: the feed stands still", remedy=remedy
        )


def _nodes(found: Health) -> Iterator[Check]:
    if not found.nodes_gone:
        return
    # One kitchen that switched its node off is no fault of the platform.
    many = found.nodes_gone > max(1, MANY * found.nodes)
    remedy = "Many at once: look at the broker and the network first." if many else "Their sites' pages say why."
    yield Check(good=not many, what=f"{found.nodes_gone} of {found.nodes} nodes are offline", remedy=remedy)


def _losses(found: Health) -> Iterator[Check]:
    if found.endpoints_given_up:
        remedy = "Mend the receiver, then resume and replay: `disabled_reason` at `GET /v1/webhooks` says why."
        yield Check(good=False, what=f"{found.endpoints_given_up} webhook endpoints were given up", remedy=remedy)
    if found.deliveries_exhausted:
        remedy = "See their log at `GET /v1/webhooks/{endpoint_id}/deliveries`, mend the receiver, replay."
        what = f"{found.deliveries_exhausted} webhooks were given up within a day"
        yield Check(good=False, what=what, remedy=remedy)
    if found.notices_given_up:
        remedy = "The page 消息通知 shows each with the answer of its channel; mend it and send again."
        yield Check(good=False, what=f"{found.notices_given_up} messages were given up within a day", remedy=remedy)


def _connections(found: Health) -> Iterator[Check]:
    if found.connections > FEW_LEFT * found.most_connections:
        yield Check(
            good=False,
            what=f"{found.connections} of {found.most_connections} connections of the database are in use",
            remedy="Raise max_connections there, or put pgbouncer before it (docs/OPERATIONS.md).",
        )


def _capacity(coming: Forecast | None) -> Iterator[Check]:
    if coming is None or coming.days is None:
        return
    a_day = f"{coming.per_day / 1e9:.2f} GB a day"
    what = f"by the growth of the last week ({a_day}) the disk is full in {coming.days:.0f} days"
    if coming.is_near:
        remedy = f"Add storage or keep evidence for a shorter time (MINGCHU_KEEP_…): fewer than {WARN_DAYS:.0f} days."
        yield Check(good=False, what=what, remedy=remedy)
    else:
        yield Check(good=True, what=what)
