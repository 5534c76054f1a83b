"""Budgets: how much a node, an enterprise and a tenant may send before intake leaves out the excess. No I/O.

Every budget is a token bucket: `burst` at once, then `per_s` a second. A node spends its own budget first, then its
enterprise's, then its tenant's; a node with an empty budget spends nothing of the others. Excess messages get no
receipt, so a node with a spool sends them again later.
"""

from collections import OrderedDict
from dataclasses import dataclass

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.domain.devices import Node

MOST_BUCKETS = 200_000
NOBODY = "-"
"""Owner of the budget for topics that name no registered node."""


class BudgetSettings(BaseSettings):
    """Budgets of intake; each is an environment variable `MINGCHU_BUDGET_…`. 0 a second means no budget."""

    model_config = SettingsConfigDict(env_prefix="MINGCHU_BUDGET_", frozen=True, extra="ignore")

    reading_burst: float = Field(default=200_000, ge=1, description="Reading messages of a node at once")
    reading_per_s: float = Field(default=100, ge=0, description="Reading messages of a node a second from then on")
    event_burst: float = Field(default=1_000, ge=1, description="Events of a node at once")
    event_per_s: float = Field(default=0.5, ge=0, description="Events of a node a second from then on")
    status_burst: float = Field(default=300, ge=1, description="Status messages of a node at once")
    status_per_s: float = Field(default=0.5, ge=0, description="Status messages of a node a second from then on")
    bytes_burst: float = Field(default=256e6, ge=1, description="Bytes of a node at once, pictures not counted")
    bytes_per_s: float = Field(default=500e3, ge=0, description="Bytes of a node a second from then on")
    quarantine_burst: float = Field(default=200, ge=1, description="Messages of a node set aside at once")
    quarantine_per_s: float = Field(
        default=0.05, ge=0, description="Messages of a node set aside a second from then on"
    )
    entity_factor: float = Field(default=4, ge=1, description="What an enterprise's nodes may send together, in nodes")
    tenant_factor: float = Field(default=400, ge=1, description="What a tenant's nodes may send together, in nodes")


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Budgets:
    """Tracks the remaining budgets. Each replica of intake counts for itself.

    `now` is a monotonic time in seconds.
    """

    def __init__(self, settings: BudgetSettings | None = None) -> None:
        chosen = settings or BudgetSettings()
        self._rates = {
            "reading": (chosen.reading_burst, chosen.reading_per_s),
            "event": (chosen.event_burst, chosen.event_per_s),
            "status": (chosen.status_burst, chosen.status_per_s),
            "bytes": (chosen.bytes_burst, chosen.bytes_per_s),
            "quarantine": (chosen.quarantine_burst, chosen.quarantine_per_s),
        }
        self._factors = (1.0, chosen.entity_factor, chosen.tenant_factor)
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def spend(self, sender: Node | None, what: str, amount: float, *, now: float) -> bool:
        """Spend from the budgets of a node, its enterprise and its tenant; return False if one of them is empty.

        `what` is `reading`, `event`, `status`, `bytes` or `quarantine`; another kind of message counts as `event`.
        """
        burst, per_s = self._rates.get(what, self._rates["event"])
        if per_s == 0:
            return True
        wanted = []
        for owner, factor in zip(_owners(sender), self._factors, strict=False):
            bucket = self._bucket((owner, what), burst * factor, per_s * factor, now)
            if bucket.left < min(amount, burst):
                return False
            wanted.append(bucket)
        for bucket in wanted:
            bucket.left -= amount
        return True

    def _bucket(self, key: tuple[str, str], burst: float, per_s: float, now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(burst, now)
            if len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
            return bucket
        self._buckets.move_to_end(key)
        bucket.left = min(burst, bucket.left + (now - bucket.at) * per_s)
        bucket.at = now
        return bucket


def _owners(sender: Node | None) -> tuple[str, ...]:
    if sender is None:
        return (NOBODY,)
    return (f"n/{sender.id}", f"e/{sender.entity_id}", f"t/{sender.tenant_id}")
