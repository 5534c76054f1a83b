"""Storage of the pledges of people of enterprises, and which are due."""

from dataclasses import asdict
from uuid import UUID

from models.domain.own_pledges import OwnPledge, OwnPledgeDue
from models.store.connect import Read, Write

MOST_SHOWN = 200


def pledge(r: Read, pledge_id: UUID) -> OwnPledge | None:
    """Return one pledge."""
    return r.one(OwnPledge, "own_pledges", "pledge", {"id": pledge_id})


def add(w: Write, new: OwnPledge) -> None:
    """Store a signed pledge."""
    w.run("own_pledges", "add", asdict(new))


def due(r: Read, *, entity_id: UUID) -> list[OwnPledgeDue]:
    """Return the people in office of an operating enterprise with their last pledges, the principal first."""
    return r.all(OwnPledgeDue, "own_pledges", "due", {"entity_id": entity_id, "limit": MOST_SHOWN})


def due_of(r: Read, person_id: UUID) -> OwnPledgeDue | None:
    """Return what one person has to have signed; None if nothing is due."""
    return r.one(OwnPledgeDue, "own_pledges", "due_of", {"person_id": person_id})


def lock(w: Write, person_id: UUID) -> None:
    """Let nobody else sign for a person until the transaction ends."""
    w.value("own_pledges", "lock", {"person_id": person_id})


def rate(r: Read) -> tuple[int, int]:
    """Return how many are due, and how many of them are signed."""
    ((wanted, signed),) = r.tuples("own_pledges", "rate")
    return int(wanted), int(signed)
