"""Storage of what the public sees and reports."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from models.domain.public import BrightState, PublicBoard, PublicReport
from models.store.connect import Read, Write


def renew(w: Write, *, at: datetime, quiet: datetime, working: bool) -> int:
    """Renew the states of bright kitchens; return how many changed. `working`: silence is the kitchen's, not ours."""
    return w.run("public", "renew", {"at": at, "quiet": quiet, "working": working})


def bright_kitchen(r: Read, licence: str) -> BrightState | None:
    """Return the state of the bright kitchen of a licence; None if no enterprise has it."""
    return r.one(BrightState, "public", "bright_kitchen", {"licence": licence})


def board(r: Read, code: str) -> PublicBoard | None:
    """Return what the notice board with a code shows."""
    return r.one(PublicBoard, "public", "board", {"code": code})


def code_of(r: Read, entity_id: UUID) -> str | None:
    """Return the code of an enterprise's notice board; None if it has none yet."""
    found = r.value("public", "code_of", {"entity_id": entity_id})
    return None if found is None else str(found)


def add_code(w: Write, entity_id: UUID, code: str, *, at: datetime) -> bool:
    """Give an enterprise's notice board a code; return whether it had none."""
    return w.run("public", "add_code", {"entity_id": entity_id, "code": code, "at": at}) > 0


def waiting_total(r: Read, entity_id: UUID, *, limit: int) -> int:
    """Return how many reports about an enterprise wait, counted to a limit."""
    return int(r.value("public", "waiting_total", {"entity_id": entity_id, "limit": limit}))


def add_report(w: Write, new: PublicReport) -> None:
    """Store a report of the public."""
    w.run("public", "add_report", asdict(new))


def reports(r: Read, *, waiting: bool | None, before: UUID | None = None, limit: int) -> list[PublicReport]:
    """Return reports of the public, newest first; waiting ones, settled ones, or (None) both."""
    return r.all(PublicReport, "public", "reports", {"waiting": waiting, "before": before, "limit": limit})


def report(r: Read, report_id: UUID) -> PublicReport | None:
    """Return one report of the public."""
    return r.one(PublicReport, "public", "report", {"id": report_id})


def settle(w: Write, settled: PublicReport) -> PublicReport | None:
    """Store how a report was settled; None if somebody else was faster."""
    return w.one(PublicReport, "public", "settle", asdict(settled))
