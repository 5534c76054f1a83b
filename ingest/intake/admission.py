"""Admit the messages of a batch that are within their senders' budgets, and report the excess of the others."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from prometheus_client import Counter

from ingest.intake.budget import Budgets
from ingest.intake.sorting import Refusal
from ingest.mqtt import Incoming
from models.changes.history import add_history
from models.domain.devices import Node
from models.store import Store, Write, quarantine, readings

log = structlog.get_logger()

EXCESS = Counter(
    "mingchu_ingest_over_budget_total", "Messages left out because their sender's budget was used up", ["budget"]
)


@dataclass(slots=True)
class _Left:
    """Count of one node's messages that were left out since the last report."""

    node: Node | None
    topic: str
    messages: int = 0
    bytes: int = 0


class Admission:
    """Spends the budgets once per message, however often its batch is tried."""

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets
        self._left: dict[tuple[str, str], _Left] = {}
        self._asked: dict[int, bool] = {}

    def admit(self, messages: Sequence[Incoming], sender_of: Callable[[Incoming], Node | None]) -> list[Incoming]:
        """Return the messages within budget, in order; note the others."""
        now = time.monotonic()
        self._asked.clear()
        admitted = []
        for message in messages:
            sender = sender_of(message)
            kind = message.topic.rpartition("/")[2]
            if not self._budgets.spend(sender, kind, 1, now=now):
                self._leave_out(message, sender, kind)
            elif not self._budgets.spend(sender, "bytes", len(message.payload), now=now):
                self._leave_out(message, sender, "bytes")
            else:
                admitted.append(message)
        return admitted

    def may_be_kept(self, refusal: Refusal) -> bool:
        """Return whether the quarantine has room for a message of this sender; a retry returns the same answer."""
        key = id(refusal.message)
        if key not in self._asked:
            self._asked[key] = self._budgets.spend(refusal.node, "quarantine", 1, now=time.monotonic())
            if not self._asked[key]:
                self._leave_out(refusal.message, refusal.node, "quarantine")
        return self._asked[key]

    def tell_excess(self, store: Store, *, at: datetime) -> None:
        """Write a report of excess messages to the quarantine and the device's history, where the owner can read it."""
        if not self._left:
            return
        with store.write() as w:
            for (_, budget), left in sorted(self._left.items()):
                _tell(w, budget, left, at=at)
        self._left.clear()

    def _leave_out(self, message: Incoming, sender: Node | None, budget: str) -> None:
        EXCESS.labels(budget if budget in readings.BUDGETS else "other").inc()
        name = budget if budget in readings.BUDGETS else "event"
        key = ("" if sender is None else sender.id, name)
        left = self._left.setdefault(key, _Left(sender, message.topic))
        left.messages += 1
        left.bytes += len(message.payload)


def _tell(w: Write, budget: str, left: _Left, *, at: datetime) -> None:
    node = left.node
    news = node is None or quarantine.node_excess(
        w, node_id=node.id, budget=budget, messages=left.messages, size=left.bytes, at=at
    )
    if not news:
        return
    detail = (
        f"{left.messages} messages ({left.bytes} bytes) were left out: more than the budget {budget!r} allows; "
        "send less often, or ask the operator for a larger budget"
    )
    log.warning("over budget", node=None if node is None else node.id, budget=budget, messages=left.messages)
    quarantine.quarantine(w, topic=left.topic, payload=b"", reason="over_budget", detail=detail, at=at, sender=node)
    if node is not None:
        detail_of = {"budget": budget, "messages": left.messages, "bytes": left.bytes}
        add_history(w, kind="over_budget", detail=detail_of, at=at, node_id=node.id)
