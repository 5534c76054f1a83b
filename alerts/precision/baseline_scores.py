"""What an hour of correct dress says about a code's threshold at a camera. Pure, but for the table of defaults."""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files

from alerts.precision.proposing import narrows
from models.catalogue.codes import Code
from models.catalogue.overrides import Changes
from models.catalogue.precision_terms import BaselineOutcome
from models.catalogue.resolving import Effective
from models.domain.baselines import BaselineFinding
from models.domain.precision import Verdict

_HUNDRED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What such an hour has to keep to.

    Attributes:
        length: its duration; `again_after`: from its beginning to the next one's at the same camera.
        least_watched: minutes of it that have to be analysed.
        codes: the codes that the statement is about.
        most_score: the highest score that it may propose.
    """

    length: timedelta
    least_watched: int
    again_after: timedelta
    codes: frozenset[str]
    most_score: float


@cache
def plan() -> Plan:
    """Return the defaults."""
    table = tomllib.loads(files("alerts.precision").joinpath("bars.toml").read_text("utf-8"))["baseline"]
    return Plan(
        length=timedelta(minutes=table["minutes"]),
        least_watched=table["least_watched"],
        again_after=timedelta(hours=table["again_after_hours"]),
        codes=frozenset(table["codes"]),
        most_score=table["most_score"],
    )


def judged(
    found: Sequence[BaselineFinding],
    *,
    known: Sequence[Verdict],
    effective: Effective[Code],
    is_open: bool,
    most_lost: float,
) -> tuple[BaselineOutcome, float | None]:
    """Return what the findings of one code lead to, and the score if it is a proposal.

    Args:
        found: at least one finding of the hour.
        known: the verdicts of the last months on this code at this camera.
        effective: the code as it applies there.
        is_open: an earlier hour's proposal waits for its decision.
        most_lost: largest share of the confirmed ones that a proposal may lose.
    """
    if any(finding.confirmed for finding in found):
        return BaselineOutcome.confirmed, None
    score = (math.floor(round(max(finding.score for finding in found) * _HUNDRED, 6)) + 1) / _HUNDRED
    if score > plan().most_score:
        return BaselineOutcome.too_sure, None
    if not narrows(Changes(min_score=score), effective):
        return BaselineOutcome.in_force, None
    trues = [verdict for verdict in known if verdict.confirmed]
    if sum(verdict.score < score for verdict in trues) > most_lost * len(trues):
        return BaselineOutcome.loses_true, None
    return (BaselineOutcome.open_already, None) if is_open else (BaselineOutcome.proposed, score)
