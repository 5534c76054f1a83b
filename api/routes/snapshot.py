"""The snapshot of open violations, alerts and tasks, for a platform without a usable cursor."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter

from api.requests import Cursor, Limit, Reading, decode_cursor, encode_cursor
from api.schemas import SnapshotOut, StateOut
from models.base.errors import Invalid
from models.changes.states import alert_states, task_states, violation_states
from models.store import Read, alerts, feed, tasks, violations

router = APIRouter(prefix="/v1", tags=["feed"])

Kind = Literal["violation", "alert", "task"]
_LOAD: dict[Kind, tuple[Callable[..., list[Any]], Callable[[Read, list[Any]], Sequence[Any]]]] = {
    "violation": (violations.active_violations, violation_states),
    "alert": (alerts.open_alerts, alert_states),
    "task": (tasks.open_tasks, task_states),
}


@router.get("/snapshot")
def snapshot(r: Reading, cursor: Cursor = None, limit: Limit = 100) -> SnapshotOut:
    """List every active violation and every open alert and task, each with the same data as its events.

    Keep `feed_cursor` and `epoch` of the first page, read all pages, then pull `/v1/events` from that cursor. The feed
    repeats what changed in between; the higher `version` is the newer state.
    """
    newest, _ = feed.bounds(r)
    places = _from(r, cursor, limit + 1)
    found = [(kind, row) for _, (kind, row) in zip(range(limit + 1), places, strict=False)]
    shown = found[:limit]
    more = len(found) > limit
    return SnapshotOut(
        data=list(_states(r, shown)),
        next_cursor=encode_cursor(f"{shown[-1][0]} {shown[-1][1].id}") if more else None,
        has_more=more,
        feed_cursor=newest,
        epoch=feed.position(r, newest).mark,
    )


def _states(r: Read, shown: list[tuple[Kind, Any]]) -> Iterator[StateOut]:
    for kind, load in _LOAD.items():
        rows = [row for its_kind, row in shown if its_kind == kind]
        for data in load[1](r, rows):
            yield StateOut(kind=kind, data=data)


def _from(r: Read, cursor: str | None, most: int) -> Iterator[tuple[Kind, Any]]:
    first, after = _place(cursor)
    kinds = list(_LOAD)
    for kind in kinds[kinds.index(first) :]:
        for row in _LOAD[kind][0](r, after=after if kind == first else None, limit=most):
            yield kind, row


def _place(cursor: str | None) -> tuple[Kind, UUID | None]:
    text = decode_cursor(cursor)
    if text is None:
        return "violation", None
    kind, _, last = text.partition(" ")
    try:
        return next(known for known in _LOAD if known == kind), UUID(last)
    except (StopIteration, ValueError):
        raise Invalid("cursor: expected the `next_cursor` of the previous page") from None
