"""Changes of hours of correct dress: one call stores each and adds it to the camera's history."""

from collections.abc import Iterable
from datetime import datetime

from models.base.clock import rfc3339
from models.catalogue.precision_terms import BaselineState
from models.changes.history import add_history
from models.changes.states import actor_data
from models.domain.access import Actor
from models.domain.baselines import Baseline, BaselineResult
from models.store import baselines
from models.store.connect import Write


def begin_baseline(w: Write, new: Baseline, *, by: Actor, at: datetime) -> bool:
    """Begin an hour; return False if one runs at the camera already."""
    if not baselines.add(w, new):
        return False
    detail = {**actor_data(by), "id": str(new.id), "until": rfc3339(new.ends_at)}
    add_history(w, kind="baseline_begun", detail=detail, at=at, device_id=new.device_id)
    return True


def conclude_baseline(
    w: Write, known: Baseline, results: Iterable[BaselineResult], *, state: BaselineState, watched: int, at: datetime
) -> None:
    """Conclude an hour with what was found in it. The history names no findings: an enterprise reads it, too."""
    baselines.conclude(w, known.id, state=state, watched=watched, at=at)
    for result in results:
        baselines.add_result(w, result)
    detail = {"id": str(known.id), "state": str(state), "watched_minutes": watched}
    add_history(w, kind="baseline_over", detail=detail, at=at, device_id=known.device_id)
