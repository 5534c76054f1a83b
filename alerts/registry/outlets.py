"""Chains (连锁): which enterprise is a store or branch of which head office, and what the head office sees of them.

Source: 餐饮服务连锁企业落实食品安全主体责任监督管理规定 (Order 104): stores and branches report upwards, and a
branch analyses common problems (共性问题).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from alerts.duties.guarantees import check_supervisor
from models.base.clock import SHANGHAI
from models.base.errors import Invalid, NotFound
from models.changes.outlets import put_outlet, remove_from_chain
from models.domain.access import Actor
from models.domain.outlets import CommonProblem, Outlet, OutletState
from models.domain.place import owner_of
from models.store import outlets, registry
from models.store.connect import Read, Write

DAYS = 7
COMMON_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What a head office or branch sees: its outlets over the last seven whole days, and their common problems."""

    outlets: tuple[OutletState, ...]
    common: tuple[CommonProblem, ...]


def place_outlet(w: Write, entity_id: UUID, *, parent_id: UUID, by: Actor, at: datetime) -> Outlet:
    """Register that an enterprise is a store or branch of another one, at most three levels deep.

    Raises:
        NotAllowed: the role may not.
        NotFound: one of the enterprises lies outside what the caller may see.
        Invalid: the two are of different tenants, or it would stand below itself or a store of a store.
    """
    check_supervisor(by)
    entity, parent = registry.entity(w, entity_id), registry.entity(w, parent_id)
    if entity is None or parent is None:
        raise NotFound(f"no enterprise {entity_id if entity is None else parent_id}")
    above = outlets.outlet(w, parent_id)
    hq_id = parent_id if above is None else above.hq_id
    if entity.tenant_id != parent.tenant_id or entity_id in {parent_id, hq_id}:
        raise Invalid("parent_id: expected another enterprise of the same tenant that does not stand below this one")
    if above is not None and above.parent_id != above.hq_id:
        raise Invalid("parent_id: expected a head office or one of its branches, not a store")
    if outlets.has_below(w, entity_id):
        raise Invalid("entity_id: this enterprise has outlets of its own; take them out first")
    new = Outlet(**owner_of(entity.owner), hq_id=hq_id, parent_id=parent_id, set_by=by.name, set_at=at)
    stored = put_outlet(w, new, at=at)
    if stored is None:
        raise NotFound(f"no enterprise {entity_id}")
    return stored


def remove_outlet(w: Write, entity_id: UUID, *, by: Actor, at: datetime) -> None:
    """Take an enterprise out of its chain.

    Raises:
        NotAllowed: the role may not.
        NotFound: it is in none that the caller may see.
    """
    check_supervisor(by)
    if not remove_from_chain(w, entity_id, at=at):
        raise NotFound(f"enterprise {entity_id} is in no chain")


def report_of(r: Read, *, at: datetime) -> ChainReport:
    """Return what the enterprise of the scope sees of its outlets; empty for one without any."""
    last = at.astimezone(SHANGHAI).date() - timedelta(days=1)
    return ChainReport(
        outlets=tuple(outlets.below(r, first=last - timedelta(days=DAYS - 1), last=last)),
        common=tuple(outlets.common(r, since=at - COMMON_FOR)),
    )
