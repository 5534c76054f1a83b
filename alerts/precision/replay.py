"""Replay an override on verdicts that exist: what would have stayed away, and what would be lost. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time

from models.catalogue.areas import holds
from models.catalogue.overrides import Changes, Hours
from models.domain.precision import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The verdicts of a replay, and those whose alert would not have been raised."""

    trues: int
    falses: int
    trues_lost: int
    falses_gone: int


def replay(verdicts: Iterable[Verdict], changes: Changes) -> Replay:
    """Return what an override would have done. Each alert counts once, whatever is passed how often.

    An alert stays away if none of its violations would have raised it.
    """
    known = {verdict.alert_id: verdict for verdict in verdicts}.values()
    silent = [verdict for verdict in known if not is_heard(verdict, changes)]
    trues, lost = (sum(verdict.confirmed for verdict in some) for some in (known, silent))
    return Replay(trues=trues, falses=len(known) - trues, trues_lost=lost, falses_gone=len(silent) - lost)


def is_heard(verdict: Verdict, changes: Changes) -> bool:
    """Return whether the alert of a verdict would have been raised with an override."""
    if changes.watched is False:
        return False
    if changes.min_score is not None and verdict.score < changes.min_score:
        return False
    if changes.ignored_area is not None and verdict.span is not None and holds(changes.ignored_area, verdict.span):
        return False
    return changes.hours is None or any(hour_is_watched(hour, changes.hours) for hour in verdict.hours)


def hour_is_watched(hour: int, hours: Hours) -> bool:
    """Return whether the beginning of an hour of the day lies in watched hours, which may span midnight."""
    first, last = hours
    begin = time(hour)
    return first <= begin < last if first <= last else begin >= first or begin < last
