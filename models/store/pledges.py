"""Storage of pledges, and which are due."""

from dataclasses import asdict
from uuid import UUID

from models.domain.pledges import Pledge, PledgeDue
from models.store.connect import Read, Write


def pledge(r: Read, pledge_id: UUID) -> Pledge | None:
    """Return one pledge."""
    return r.one(Pledge, "pledges", "pledge", {"id": pledge_id})


def add_pledge(w: Write, new: Pledge) -> None:
    """Store a signed pledge."""
    w.run("pledges", "add_pledge", asdict(new))


def due(
    r: Read, *, signed: bool | None = None, cadre_id: UUID | None = None, after: UUID | None = None, limit: int
) -> list[PledgeDue]:
    """Return enterprises by id whose cadre has to have signed: those that are signed, unsigned, or all."""
    params = {"cadre_id": cadre_id, "after": after, "limit": limit}
    if signed is False:
        return r.all(PledgeDue, "pledges", "unsigned", params)
    return r.all(PledgeDue, "pledges", "due", {**params, "signed": signed})


def due_of(r: Read, entity_id: UUID) -> PledgeDue | None:
    """Return what one enterprise's primary cadre has to have signed; None if nothing is due."""
    return r.one(PledgeDue, "pledges", "due_of", {"entity_id": entity_id})


def rate(r: Read) -> tuple[int, int]:
    """Return how many pledges are due, and how many of them are signed (签订率)."""
    ((wanted, signed),) = r.tuples("pledges", "rate")
    return int(wanted), int(signed)


def count_marked(w: Write, *, limit: int) -> int:
    """Count the pledges of at most `limit` regions anew in which something changed, and note who lacks one.

    Returns how many regions.
    """
    return w.run("pledges", "count_marked", {"limit": limit})


def set_template(w: Write, version: str, *, own_version: str | None = None) -> bool:
    """Store the versions of the lists that count now, of cadres and of enterprises; return whether one is another.

    Without an `own_version` that of enterprises stays as it is.
    """
    return w.run("pledges", "set_template", {"version": version, "own_version": own_version}) > 0
