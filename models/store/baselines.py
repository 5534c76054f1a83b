"""Storage of hours of correct dress and of what was found in them."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from models.base.ids import uuid7_at
from models.catalogue.precision_terms import BaselineState
from models.domain.baselines import Baseline, BaselineFinding, BaselineResult
from models.store.connect import Read, Write

MOST_FINDINGS = 5_000
OPEN_BEFORE = timedelta(hours=24)
"""A violation that was found so long before the hour is not looked for, even if it is still open."""


def add(w: Write, baseline: Baseline) -> bool:
    """Store a new hour; return False if one runs at the camera already."""
    return bool(w.run("baselines", "add", asdict(baseline)))


def baseline(r: Read, baseline_id: UUID) -> Baseline | None:
    """Return one hour."""
    return r.one(Baseline, "baselines", "baseline", {"id": baseline_id})


def of_camera(r: Read, device_id: str, *, limit: int) -> list[Baseline]:
    """Return the newest hours of a camera."""
    return r.all(Baseline, "baselines", "of_camera", {"device_id": device_id, "limit": limit})


def results_of(r: Read, ids: Collection[UUID]) -> list[BaselineResult]:
    """Return what was found in some hours, by code; an enterprise sees none of it."""
    return r.all(BaselineResult, "baselines", "results_of", {"ids": list(ids)})


def take_over(w: Write, *, before: datetime, limit: int) -> list[Baseline]:
    """Return hours that ended before a moment and are not concluded, locked."""
    return w.all(Baseline, "baselines", "take_over", {"before": before, "limit": limit})


def findings(r: Read, of: Baseline, *, codes: Collection[str]) -> list[BaselineFinding]:
    """Return what the camera showed of some codes in an hour, with today's verdicts."""
    params = {
        "entity_id": of.entity_id,
        "device_id": of.device_id,
        "codes": sorted(codes),
        "first_id": uuid7_at(of.begins_at - OPEN_BEFORE),
        "since": of.begins_at,
        "until": of.ends_at,
        "limit": MOST_FINDINGS,
    }
    return r.all(BaselineFinding, "baselines", "findings", params)


def conclude(w: Write, baseline_id: UUID, *, state: BaselineState, watched: int, at: datetime) -> None:
    """Store that an hour is over."""
    w.run("baselines", "conclude", {"id": baseline_id, "state": state, "watched": watched, "at": at})


def add_result(w: Write, result: BaselineResult) -> None:
    """Store what was found of one code in an hour."""
    w.run("baselines", "add_result", asdict(result))
