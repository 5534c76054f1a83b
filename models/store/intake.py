"""Storage of what devices say: readings by COPY, quarantine, streams, status."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from models.base.ids import uuid7
from models.domain.devices import Node
from models.domain.readings import Point
from models.store.connect import Read, Write
from models.store.queries import queries
from models.store.registry import Route

BUDGETS = ("reading", "event", "status", "bytes", "quarantine")
MAX_KEPT_PAYLOAD = 16_384
TELL_AGAIN_AFTER = timedelta(hours=1)
"""A node that goes on sending more than its budget allows is told so once in this time."""


class ReadingRow(NamedTuple):
    """One reading on its way in; times are aware UTC, `value` in the unit of its code."""

    device_id: str
    code: str
    occurred_at: datetime
    seq: int
    received_at: datetime
    value: float
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A payload that was set aside."""

    id: UUID
    topic: str
    reason: str
    detail: str
    payload_sha256: str
    payload_bytes: int
    times: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRow:
    """One value of a series as it is stored; `seq` tells two of one moment apart."""

    occurred_at: datetime
    seq: int
    value: float
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One line of a device's history."""

    at: datetime
    id: UUID
    kind: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """How far a numbered stream has come."""

    session: int
    last_seq: int
    gaps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """What a node sent beyond a budget (`reading`, `event`, `status`, `bytes`, `quarantine`) and was not taken in."""

    node_id: str
    budget: str
    messages: int
    bytes: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeChange:
    """A node came or went: the number of the change, and when its status before that came."""

    version: int
    before: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """The newest value of a series, when it was measured, and since when the series has had it."""

    since: datetime
    newest_at: datetime
    value: float


def store_readings(w: Write, rows: Iterable[ReadingRow]) -> int:
    """Store a batch; gives how many were new. Storing the same reading again changes nothing."""
    connection = w.raw
    connection.execute(queries("intake")["make_stage"])
    with connection.cursor() as cursor, cursor.copy(queries("intake")["stage_readings"]) as copy:
        for row in rows:
            copy.write_row(row)
    stored = int(w.value("intake", "store_staged"))
    w.run("intake", "keep_latest")
    w.run("intake", "queue_breach_check")
    return stored


def quarantine(
    w: Write,
    *,
    topic: str,
    payload: bytes,
    reason: str,
    detail: str,
    at: datetime,
    sender: Node | Route | None,
) -> None:
    """Set a payload aside with its reason; `sender` is the node that sent it, or the device it came from, where known.

    Takes whatever text there is: what a device sent must not keep its own message out of the quarantine.
    """
    w.run(
        "intake",
        "quarantine",
        {
            "id": uuid7(),
            "topic": _storable(topic)[:512],
            "reason": reason,
            "detail": _storable(detail)[:1000],
            "payload_sha256": hashlib.sha256(payload).hexdigest(),
            "payload": payload[:MAX_KEPT_PAYLOAD],
            "payload_bytes": len(payload),
            "tenant_id": None if sender is None else sender.tenant_id,
            "entity_id": None if sender is None else sender.entity_id,
            "region_code": None if sender is None else sender.region_code,
            "node_id": sender.node_id if isinstance(sender, Route) else None if sender is None else sender.id,
            "at": at,
        },
    )


def _storable(text: str) -> str:
    """Text that PostgreSQL can hold: no NUL, no lone surrogate."""
    return text.replace("\x00", "�").encode("utf-8", "replace").decode("utf-8")


def note_attempts(w: Write, hashes: Collection[str], *, at: datetime) -> dict[str, int]:
    """Note that messages are tried again; gives how often each was, by its hash."""
    return dict(w.tuples("intake", "note_attempts", {"hashes": sorted(set(hashes)), "at": at}))


def attempts_over(r: Read, *, prefix: str, tries: int) -> list[str]:
    """The hashes, beginning with `prefix`, of messages that were tried more than `tries` times."""
    return [str(name) for (name,) in r.tuples("intake", "attempts_over", {"prefix": prefix, "tries": tries})]


def forget_attempts(w: Write, hashes: Collection[str]) -> None:
    """The messages are stored or set aside."""
    w.run("intake", "forget_attempts", {"hashes": sorted(set(hashes))})


def node_excess(w: Write, *, node_id: str, budget: str, messages: int, size: int, at: datetime) -> bool:
    """A node sent more than a budget of it allows; tells whether that is news to its owner."""
    tell_again = at - TELL_AGAIN_AFTER
    params = {"node_id": node_id, "budget": budget, "messages": messages, "bytes": size}
    return bool(w.value("intake", "node_excess", {**params, "at": at, "tell_again": tell_again}))


def excesses(r: Read, *, since: datetime, limit: int = 100) -> list[Excess]:
    """The nodes that sent more than their budgets allow since `since`, the latest first."""
    return r.all(Excess, "intake", "excesses", {"since": since, "limit": limit})


def quarantined(r: Read, *, before: tuple[datetime, UUID] | None, limit: int) -> list[Quarantined]:
    """A page of what was set aside, newest first; `before` is (last_at, id) of the last one seen."""
    at, entry = before or (None, None)
    return r.all(Quarantined, "intake", "quarantined", {"before": at, "before_id": entry, "limit": limit})


def quarantined_since(r: Read, *, since: datetime) -> int:
    """How many different messages were set aside since a moment."""
    return int(r.value("intake", "quarantined_since", {"since": since}))


def quarantine_total(r: Read) -> int:
    """How many messages were set aside, repeats included."""
    return int(r.value("intake", "quarantine_total"))


def stream(w: Write, *, node_id: str, kind: str) -> Stream | None:
    """Where a numbered stream stands; locked until the transaction ends."""
    return w.one(Stream, "intake", "stream", {"node_id": node_id, "kind": kind})


def move_stream(w: Write, *, node_id: str, kind: str, moved: Stream, at: datetime) -> None:
    """Note how far a stream has come; `moved.gaps` is what this batch lost."""
    w.run(
        "intake",
        "move_stream",
        {
            "node_id": node_id,
            "kind": kind,
            "session": moved.session,
            "last_seq": moved.last_seq,
            "gaps": moved.gaps,
            "at": at,
        },
    )


def node_heard(w: Write, *, node_id: str, at: datetime, gaps: int, skew_s: float | None) -> None:
    """A node spoke: when, what numbers were missing, how far its clock is off (seconds, device − ours)."""
    w.run("intake", "node_heard", {"id": node_id, "at": at, "gaps": gaps, "skew": skew_s})


def node_status(
    w: Write, *, node_id: str, online: bool, session: int, at: datetime, firmware: str | None
) -> NodeChange | None:
    """A birth or death; None when it changes nothing (a death older than the last birth)."""
    params = {"id": node_id, "online": online, "session": session, "at": at, "firmware": firmware}
    found = w.tuples("intake", "node_status", params)
    if not found:
        return None
    kind, detail = "online" if online else "offline", Jsonb({"session": session})
    w.run("intake", "add_history", {"node_id": node_id, "at": at, "id": uuid7(), "kind": kind, "detail": detail})
    version, before = found[0]
    return NodeChange(version=version, before=before)


def node_reports(
    w: Write,
    *,
    node_id: str,
    session: int,
    can: Collection[str],
    healths: Mapping[str, Mapping[str, Any]],
    at: datetime,
) -> None:
    """What a node says it can do and how its devices are, by device id; devices of other nodes are left alone."""
    w.run("intake", "node_can", {"id": node_id, "session": session, "can": sorted(can), "at": at})
    if healths:
        ids = sorted(healths)
        values = [Jsonb(dict(healths[name])) for name in ids]
        w.run("intake", "device_health", {"node_id": node_id, "ids": ids, "healths": values, "at": at})


def take_edge_event(w: Write, *, source: str, event_id: str, at: datetime) -> bool:
    """Remember an edge event; False when it came before."""
    return bool(w.run("intake", "take_edge_event", {"source": source, "id": event_id, "at": at}))


def due_breach_checks(w: Write, *, at: datetime, limit: int) -> list[tuple[str, str, datetime]]:
    """Take series whose breach check is due: (device, code, since)."""
    return [(d, c, s) for d, c, s in w.tuples("intake", "due_breach_checks", {"at": at, "limit": limit})]


def check_breach_later(w: Write, *, device_id: str, code: str, since: datetime, due_at: datetime) -> None:
    """Look at a series again at `due_at`, also when no reading comes."""
    w.run(
        "intake",
        "check_breach_later",
        {"device_id": device_id, "code": code, "since": since, "due_at": due_at},
    )


def series_raw(r: Read, *, device_id: str, code: str, since: datetime, limit: int) -> list[Point]:
    """One series as the breach rules see it, oldest first."""
    params = {"device_id": device_id, "code": code, "since": since, "limit": limit}
    return r.all(Point, "intake", "series_raw", params)


def steady_since(r: Read, *, device_id: str, code: str) -> Steady | None:
    """Since when a series has had its newest value, as far as the newest values tell; None where that is unknown."""
    return r.one(Steady, "intake", "steady_since", {"device_id": device_id, "code": code})


def stayed_same(r: Read, *, device_id: str, code: str, since: datetime) -> bool:
    """Tell whether a series has had one value from a moment on, late data included."""
    low, high = r.tuples("intake", "values_between", {"device_id": device_id, "code": code, "since": since})[0]
    return bool(low == high)


def not_steady(w: Write, *, device_id: str, code: str) -> None:
    """The newest value of a series was not always the same: count from the newest one."""
    w.run("intake", "not_steady", {"device_id": device_id, "code": code})


def refused(w: Write, *, device_id: str, at: datetime, why: str) -> None:
    """A sensor reports something that can't be taken in."""
    w.run("intake", "refused", {"device_id": device_id, "at": at, "why": _storable(why)[:1000]})


def series(
    r: Read,
    *,
    device_id: str,
    code: str,
    since: datetime,
    until: datetime,
    limit: int,
    after: tuple[datetime, int] | None = None,
) -> list[SeriesRow]:
    """A page of a series as the API shows it, oldest first; `after` is (occurred_at, seq) of the last one seen."""
    params = {"device_id": device_id, "code": code, "since": since, "until": until, "limit": limit}
    after_at, after_seq = after or (None, None)
    return r.all(SeriesRow, "intake", "series", {**params, "after": after_at, "after_seq": after_seq})


def newest_in_series(
    r: Read, *, device_id: str, code: str, since: datetime, until: datetime, limit: int
) -> list[SeriesRow]:
    """The newest values of a series between two moments, oldest first."""
    params = {"device_id": device_id, "code": code, "since": since, "until": until, "limit": limit}
    return r.all(SeriesRow, "intake", "newest_in_series", params)[::-1]


def latest(r: Read, *, device_id: str | None = None) -> list[tuple[str, str, datetime, float]]:
    """The newest values: (device, code, occurred_at, value)."""
    rows = r.tuples("intake", "latest", {"device_id": device_id})
    return [(device, code, at, value) for device, code, at, value in rows]


def latest_of(r: Read, device_ids: Collection[str]) -> list[tuple[str, str, datetime, float]]:
    """The newest values of several devices: (device, code, occurred_at, value)."""
    rows = r.tuples("intake", "latest_of", {"device_ids": list(device_ids)})
    return [(device, code, at, value) for device, code, at, value in rows]


def history(
    r: Read,
    *,
    device_id: str,
    since: datetime,
    until: datetime,
    limit: int,
    before: tuple[datetime, UUID] | None = None,
) -> list[HistoryRow]:
    """A page of a device's history, newest first; `before` is (at, id) of the last one seen."""
    params = {"device_id": device_id, "since": since, "until": until, "limit": limit}
    before_at, before_id = before or (None, None)
    return r.all(HistoryRow, "intake", "history", {**params, "before": before_at, "before_id": before_id})


def count_readings(r: Read) -> tuple[int, int]:
    """How many readings are stored, and how many distinct (device, code, moment)."""
    total, distinct = r.tuples("intake", "count_readings")[0]
    return int(total), int(distinct)


def housekeeping(
    w: Write, *, forget_events_before: datetime, keep_quarantined: int, keep_quarantined_of_node: int
) -> None:
    """Keep what only grows bounded."""
    w.run("intake", "forget_edge_events", {"before": forget_events_before})
    w.run("intake", "forget_old_attempts", {"before": forget_events_before})
    w.run("intake", "trim_quarantine", {"keep": keep_quarantined, "keep_of_node": keep_quarantined_of_node})
