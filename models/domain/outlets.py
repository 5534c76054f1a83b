"""Outlets (连锁门店): stores and branches of a chain, and what its head office knows of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet(Owner):
    """One store or branch of a chain; `parent_id` is the branch above it, or the head office `hq_id`."""

    hq_id: UUID
    parent_id: UUID
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletState:
    """How an outlet does its duties: counts that its head office may know.

    Attributes:
        branch: it has outlets below it.
        days: signed day records of the asked days, over all its `sites` kitchens.
        hazards, overdue: its open tasks, and those past their deadline.
    """

    entity_id: UUID
    name: str
    region_code: str
    parent_id: UUID
    branch: bool
    sites: int
    days: int
    hazards: int
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonProblem:
    """A code of hazards that several outlets had (共性问题)."""

    code: str
    outlets: int
    times: int
