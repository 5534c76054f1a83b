"""Storage of the minutes in which cameras were seen and analysed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from models.domain.ledger import CameraDay, mask
from models.store.connect import Read, Write


@dataclass(slots=True)
class Minutes:
    """Minutes of one camera and local day to mark."""

    seen: set[int] = field(default_factory=set)
    analysed: set[int] = field(default_factory=set)


def mark_minutes(w: Write, minutes: Mapping[tuple[str, date], Minutes]) -> None:
    """Mark minutes as seen and analysed, by (device, local day). Marking them again changes nothing."""
    keys = sorted(minutes)
    params = {
        "ids": [device for device, _ in keys],
        "days": [day for _, day in keys],
        "seen": [mask(minutes[key].seen) for key in keys],
        "analysed": [mask(minutes[key].analysed) for key in keys],
    }
    w.run("ledger", "mark_minutes", params)


def cameras_watched(r: Read) -> int:
    """Return how many cameras are supervised."""
    return int(r.value("ledger", "cameras_watched"))


def open_days(w: Write, *, day: date, day_ends_at: datetime, turns: int, turn: int) -> list[CameraDay]:
    """Return the days up to `day` whose minutes are not all accounted for, of one in `turns` of the cameras."""
    chosen = {"day": day, "turns": turns, "turn": turn}
    w.run("ledger", "unaccounted", {**chosen, "day_ends_at": day_ends_at})
    return w.all(CameraDay, "ledger", "open_days", chosen)


def account(w: Write, days: Sequence[CameraDay]) -> None:
    """Store the reasons of unseen minutes, and how far each day is accounted for."""
    params = {
        "ids": [day.device_id for day in days],
        "days": [day.day for day in days],
        "reasons": [day.reasons for day in days],
        "accounted": [day.accounted for day in days],
    }
    w.run("ledger", "account", params)


def camera_days(r: Read, device_id: str, *, since: date, until: date) -> list[CameraDay]:
    """Return the days of a camera from `since` to `until`, newest first, at most 62."""
    return r.all(CameraDay, "ledger", "camera_days", {"device_id": device_id, "since": since, "until": until})


def days_of(r: Read, ids: Collection[str], *, day: date) -> dict[str, CameraDay]:
    """One day of several cameras, by device."""
    return {found.device_id: found for found in r.all(CameraDay, "ledger", "days_of", {"ids": list(ids), "day": day})}


def forget_days(w: Write, *, before: date) -> int:
    """Delete days that are too old."""
    return w.run("ledger", "forget_days", {"before": before})
