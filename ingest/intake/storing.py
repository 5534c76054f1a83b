"""Store a sorted batch, in the transaction of the caller."""

from datetime import datetime

from ingest.intake.sorting import Judged, Outcome, Sorted, plausible
from ingest.payloads.bounds import MOST_MISSING, born_ahead
from ingest.payloads.edge_event import EdgeEvent
from ingest.payloads.status import Status
from models.catalogue.codes import Code, violation_code
from models.catalogue.overrides import Spot
from models.catalogue.resolving import Effective, Overrides, resolve
from models.catalogue.terms import Review, ViolationState
from models.changes.nodes import note_status
from models.changes.violations import end_by_node, end_of_earlier_births, open_violation
from models.domain.clips import AFTER, LONGEST_RING, span_of
from models.domain.devices import Node
from models.domain.place import place_of
from models.domain.violations import Violation
from models.store import Write, catalogue, clips, quarantine, readings, streams, violations
from models.store.devices import Route
from models.store.streams import Stream


def store_batch(w: Write, batch: Sorted, *, at: datetime) -> Outcome:
    """Store everything of a batch: all or nothing, and nothing twice. Return the outcome."""
    stored = readings.store_readings(w, batch.readings) if batch.readings else 0
    gaps = _store_numbers(w, batch, at=at)
    for status, node, received_at in batch.statuses:
        _store_status(w, node, status, at=received_at)
    for device_id, (refused_at, why) in sorted(batch.unreadable.items()):
        readings.refused(w, device_id=device_id, at=refused_at, why=why)
    overrides = catalogue.overrides_at(
        w,
        {Spot.of(judged.route) for judged in batch.events},
        at=at,
        codes={judged.event.data.code for judged in batch.events},
    )
    for judged in batch.events:
        _store_event(w, judged, overrides, at=at)
    for refusal in batch.refusals:
        quarantine.quarantine(
            w,
            topic=refusal.message.topic,
            payload=refusal.message.payload,
            reason=refusal.reason,
            detail=refusal.detail,
            at=at,
            sender=refusal.node,
        )
    return Outcome(stored=stored, gaps=gaps)


def _store_numbers(w: Write, batch: Sorted, *, at: datetime) -> int:
    """Advance the streams; return how many numbers are missing. Sorted, so that two intakes can't deadlock."""
    lost: dict[str, int] = {}
    for (node_id, kind, session), numbers in sorted(batch.numbers.items()):
        if node_id not in batch.heard or born_ahead(session, at):
            continue
        known = streams.stream(w, node_id=node_id, kind=kind)
        moved = advance(known, session=session, numbers=numbers)
        if moved is not None:
            streams.move_stream(w, node_id=node_id, kind=kind, moved=moved, at=at)
            lost[node_id] = lost.get(node_id, 0) + moved.gaps
    for node_id in sorted(batch.heard):
        streams.node_heard(w, node_id=node_id, at=at, gaps=lost.get(node_id, 0), skew_s=batch.skews.get(node_id))
    return sum(lost.values())


def advance(known: Stream | None, *, session: int, numbers: list[int]) -> Stream | None:
    """Return the state of a stream after `numbers`; `gaps` is how many were skipped. None means no change.

    A gap of more than `MOST_MISSING` numbers counts as that many. Numbers below the last one are repeats or late
    messages and change nothing; a new session starts at 1.
    """
    if known is not None and session < known.session:
        return None
    last = known.last_seq if known is not None and session == known.session else 0
    gaps = 0
    if known is None:
        last = min(numbers) - 1  # numbers before the first received message are unknown
    for number in sorted(set(numbers)):
        if number > last:
            gaps += min(number - last - 1, MOST_MISSING)
            last = number
    if known is not None and session == known.session and last == known.last_seq:
        return None
    return Stream(session=session, last_seq=last, gaps=gaps)


def claimed_at(status: Status, *, born_at: datetime | None, at: datetime) -> datetime:
    """Return when a node came online or went offline by its own clock, if plausible, else `at`.

    A last will was written before the birth and can't know the time. A clock that is years off (a node without a
    battery starts in 1970, or in year 1) is not plausible.
    """
    if status.at is None or not plausible(status.at, at):
        return at
    if not status.online and born_at is not None and status.at <= born_at:
        return at
    return status.at


def _store_status(w: Write, node: Node, status: Status, *, at: datetime) -> None:
    note_status(
        w,
        node_id=node.id,
        online=status.online,
        session=status.session,
        at=at,
        firmware=status.firmware,
        claimed_at=lambda born_at: claimed_at(status, born_at=born_at, at=at),
    )
    if status.online:
        end_of_earlier_births(w, node_id=node.id, session=status.session, at=at)
        healths = {health.id: health.model_dump(mode="json", exclude={"id"}) for health in status.devices}
        streams.node_reports(w, node_id=node.id, session=status.session, can=status.can, healths=healths, at=at)


def _store_event(w: Write, judged: Judged, overrides: Overrides, *, at: datetime) -> None:
    """Open or end a violation of the device."""
    event = judged.event
    if not streams.take_edge_event(w, source=event.source, event_id=event.id, at=judged.received_at):
        return
    if event.type.endswith(".closed"):
        _end(w, judged, at=at)
    elif violations.violation(w, event.violation_id) is None:
        _open(w, judged, overrides, at=at)


def _end(w: Write, judged: Judged, *, at: datetime) -> None:
    event, route = judged.event, judged.route
    ended_at = event.data.end or event.time
    end_by_node(w, event.violation_id, device_id=route.device_id, ended_at=ended_at, at=at)
    if event.data.violation_id is not None:  # opened by 0.1.0, which stored the box's id
        end_by_node(w, event.data.violation_id, device_id=route.device_id, ended_at=ended_at, at=at)


def _open(w: Write, judged: Judged, overrides: Overrides, *, at: datetime) -> None:
    event, route, received_at = judged.event, judged.route, judged.received_at
    code = resolve(violation_code(event.data.code), spot=Spot.of(route), overrides=overrides, at=at)
    if not code.is_watched(at):
        return
    violation = _violation(event, code, route, received_at=received_at)
    open_violation(w, violation, at=at)
    session = None if event.session is None or born_ahead(event.session, at) else event.session
    violations.judged_at_the_edge(w, violation_id=violation.id, node_id=route.node_id, session=session)
    judged_at = max(event.time, event.data.start)
    if received_at - judged_at > LONGEST_RING:
        return
    clips.ask(
        w,
        violation_id=violation.id,
        device_id=violation.device_id,
        span=span_of(started_at=event.data.start, judged_at=judged_at),
        ends_at=received_at + AFTER,
        at=at,
    )


def _violation(event: EdgeEvent, code: Effective[Code], route: Route, *, received_at: datetime) -> Violation:
    return Violation(
        id=event.violation_id,
        **place_of(route),
        code=event.data.code,
        severity=code.entry.severity_in(route.zone),
        track_id=event.data.track_id,
        state=ViolationState.active,
        review=Review.unreviewed,
        started_at=event.data.start,
        ended_at=None,
        occurred_at=event.occurred_at,
        received_at=received_at,
        score=event.data.score,
        boxes=[box.model_dump() for box in event.data.boxes],
        model=event.data.model or {"name": "edge"},
        rule=event.data.rule or {"id": "edge"},
        evidence_ids=(),
        alert_id=None,
        version=1,
        catalogue=code.remembered(),
    )
