"""Storage of what the platform computes by itself, once for each period, and of letters to the last three (提示函)."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from models.catalogue.index_terms import IndexKind
from models.domain.indices import DutyLetter
from models.store.connect import Read, Write


def claim(w: Write, tenant_id: str, kind: IndexKind, period: str, *, at: datetime) -> bool:
    """Claim the computation of a period; False if it was done. The claim holds if the transaction commits."""
    return w.run("letters", "claim", {"tenant_id": tenant_id, "kind": kind, "period": period, "at": at}) == 1


def note(
    w: Write, tenant_id: str, kind: IndexKind, period: str, *, frozen: int = 0, letters: int = 0, skipped: str = ""
) -> None:
    """Note what came of a claimed computation."""
    params = {"tenant_id": tenant_id, "kind": kind, "period": period}
    w.run("letters", "note", params | {"frozen": frozen, "letters": letters, "skipped": skipped})


def last_run(r: Read, tenant_id: str, kind: IndexKind, *, weeks: bool) -> str | None:
    """Return the newest week or month that was computed or skipped; None before the first."""
    params = {"tenant_id": tenant_id, "kind": kind, "weeks": weeks}
    found: str | None = r.value("letters", "last_run", params)
    return found


def add(w: Write, new: DutyLetter) -> bool:
    """Store a letter; return whether the region had none for the period."""
    return w.run("letters", "add", asdict(new)) == 1


def letter(r: Read, letter_id: UUID) -> DutyLetter | None:
    """Return one letter."""
    return r.one(DutyLetter, "letters", "letter", {"id": letter_id})


def letters(r: Read, *, before: UUID | None, limit: int) -> list[DutyLetter]:
    """Return letters, newest first."""
    return r.all(DutyLetter, "letters", "letters", {"before": before, "limit": limit})


def answer(w: Write, letter_id: UUID, *, reply: str, by: str, at: datetime) -> DutyLetter | None:
    """Store the answer to a letter; None if it has one, or the caller does not see it."""
    return w.one(DutyLetter, "letters", "answer", {"id": letter_id, "reply": reply, "by": by, "at": at})
