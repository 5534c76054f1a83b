"""Begin and end overrides for tests, in the way of the product."""

from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.catalogue.overriding import Wish, begin, end
from models.catalogue.overrides import Changes, Override
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.store import Store
from tests.support.world import TENANT

ADMIN = Actor(name="admin", role=Role.admin)
WISH_FIELDS = {"region_code", "entity_id", "device_id", "valid_from", "valid_until", "within"}


def override(store: Store, code: str, *, at: datetime, by: Actor = ADMIN, **more: Any) -> Override:  # noqa: ANN401 - fields of Wish and Changes
    """Begin an override; fields of `Wish` set place and time, the other arguments are the changes."""
    place = {name: more.pop(name) for name in WISH_FIELDS & more.keys()}
    wish = Wish(code=code, tenant_id=TENANT, changes=Changes(**more), reason="测试原因", **place)
    with store.write() as w:
        return begin(w, wish, by=by, at=at)


def end_it(store: Store, known: Override, *, at: datetime, by: Actor = ADMIN) -> Override:
    """End an override."""
    with store.write() as w:
        return end(w, known.id, code=known.code, reason="测试结束", by=by, within=None, at=at)


def rows(store: Store, query: str, *values: str | UUID) -> list[Any]:
    """Return the rows of a plain query."""
    with store.read() as r:
        return r.raw.execute(query.encode(), values).fetchall()
