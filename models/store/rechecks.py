"""Storage of rechecks of visits (督导抽查)."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from models.domain.rechecks import Drawable, Recheck, RecheckDraw, RecheckRate
from models.store.connect import Read, Write

MOST_DRAWABLE = 100_000


def drawable(r: Read, *, tenant_id: str, within: str, since: datetime, until: datetime) -> list[Drawable]:
    """Return the visits that can be drawn, by id; `MOST_DRAWABLE` at most."""
    params = {"tenant_id": tenant_id, "within": within, "since": since, "until": until, "limit": MOST_DRAWABLE}
    return r.all(Drawable, "rechecks", "drawable", params)


def add_draw(w: Write, draw: RecheckDraw) -> None:
    """Store a draw."""
    w.run("rechecks", "add_draw", asdict(draw))


def draws(r: Read, *, limit: int) -> list[RecheckDraw]:
    """Return draws, newest first."""
    return r.all(RecheckDraw, "rechecks", "draws", {"limit": limit})


def add(w: Write, new: Recheck) -> bool:
    """Store a drawn visit; return whether it was not drawn before."""
    return w.run("rechecks", "add", asdict(new)) == 1


def recheck(r: Read, recheck_id: UUID) -> Recheck | None:
    """Return one drawn visit."""
    return r.one(Recheck, "rechecks", "recheck", {"id": recheck_id})


def recheck_for_update(w: Write, recheck_id: UUID) -> Recheck | None:
    """Return one drawn visit, locked until the transaction ends."""
    return w.one(Recheck, "rechecks", "recheck_for_update", {"id": recheck_id})


def rechecks(r: Read, *, done: bool | None, before: UUID | None = None, limit: int) -> list[Recheck]:
    """Return drawn visits, newest first: waiting ones, done ones or all."""
    return r.all(Recheck, "rechecks", "rechecks", {"done": done, "before": before, "limit": limit})


def finish(w: Write, done: Recheck) -> Recheck | None:
    """Store what the second person found; None if it was done before."""
    fields = asdict(done)
    return w.one(Recheck, "rechecks", "finish", fields | {"answers": Jsonb(fields["answers"])})


def rate(r: Read, *, since: datetime, until: datetime, cadre_id: UUID | None = None) -> RecheckRate:
    """Return how the rechecks of visits drawn in a time ended, of one cadre or of all."""
    found = r.one(RecheckRate, "rechecks", "rate", {"since": since, "until": until, "cadre_id": cadre_id})
    if found is None:
        raise RuntimeError("a sum has one row")
    return found
