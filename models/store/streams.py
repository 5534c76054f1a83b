"""Storage of each node's stream of messages: numbers, status, history."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.store.connect import Read, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One entry of a device's history."""

    at: datetime
    id: UUID
    kind: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The position of a numbered stream."""

    session: int
    last_seq: int
    gaps: int


def stream(w: Write, *, node_id: str, kind: str) -> Stream | None:
    """Return the position of a numbered stream; locked until the transaction ends."""
    return w.one(Stream, "streams", "stream", {"node_id": node_id, "kind": kind})


def move_stream(w: Write, *, node_id: str, kind: str, moved: Stream, at: datetime) -> None:
    """Store the position of a stream; `moved.gaps` counts the messages that this batch lacks."""
    w.run(
        "streams",
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
    """Store a node's last message: its time, missing numbers, and the clock's error (seconds, device − platform)."""
    w.run("streams", "node_heard", {"id": node_id, "at": at, "gaps": gaps, "skew": skew_s})


def node_reports(
    w: Write,
    *,
    node_id: str,
    session: int,
    can: Collection[str],
    healths: Mapping[str, Mapping[str, Any]],
    at: datetime,
) -> None:
    """Store a node's report on its abilities and its devices, by device id; other nodes' devices stay unchanged."""
    w.run("streams", "node_can", {"id": node_id, "session": session, "can": sorted(can), "at": at})
    if healths:
        ids = sorted(healths)
        values = [Jsonb(dict(healths[name])) for name in ids]
        w.run("streams", "device_health", {"node_id": node_id, "ids": ids, "healths": values, "at": at})


def take_edge_event(w: Write, *, source: str, event_id: str, at: datetime) -> bool:
    """Store an edge event; return False if it arrived before."""
    return bool(w.run("streams", "take_edge_event", {"source": source, "id": event_id, "at": at}))


def history(
    r: Read,
    *,
    device_id: str,
    since: datetime,
    until: datetime,
    limit: int,
    before: tuple[datetime, UUID] | None = None,
) -> list[HistoryRow]:
    """Return a page of a device's history, newest first; `before` is (at, id) of the last one seen."""
    params = {"device_id": device_id, "since": since, "until": until, "limit": limit}
    before_at, before_id = before or (None, None)
    return r.all(HistoryRow, "streams", "history", {**params, "before": before_at, "before_id": before_id})
