"""Find what would make a code right more often at a camera: a higher score, fewer hours, or none at all. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import time

from alerts.precision.measuring import HOURS, Limits
from alerts.precision.replay import Replay, replay
from models.catalogue.checking import MOST_LAWFUL_SCORE
from models.catalogue.overrides import Changes
from models.catalogue.terms import ProposalKind
from models.domain.precision import Verdict

LONGEST_QUIET = 12
"""Hours of the day in which a schedule leaves a code unwatched at most (domain default)."""
_HUNDRED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One possible proposal with its replay."""

    kind: ProposalKind
    changes: Changes
    replay: Replay


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A change with the true and false alerts that it would keep away; of equals the smallest is preferred."""

    changes: Changes
    lost: int
    gone: int
    size: int


def drafts(verdicts: Sequence[Verdict], limits: Limits) -> list[Draft]:
    """Return at most one draft of each kind: the one that keeps most false alarms away within the limits."""
    known = list({verdict.alert_id: verdict for verdict in verdicts}.values())
    kinds: dict[ProposalKind, Callable[[Sequence[Verdict]], Iterator[_Candidate]]] = {
        ProposalKind.threshold: _thresholds,
        ProposalKind.schedule: _schedules,
        ProposalKind.switch_off: _switching_off,
    }
    trues = sum(verdict.confirmed for verdict in known)
    found = []
    for kind, candidates in kinds.items():
        best = _best(candidates(known), trues=trues, falses=len(known) - trues, limits=limits)
        if best is not None:
            found.append(Draft(kind=kind, changes=best, replay=replay(known, best)))
    return found


def _best(candidates: Iterable[_Candidate], *, trues: int, falses: int, limits: Limits) -> Changes | None:
    fitting = [
        one
        for one in candidates
        if one.gone and one.gone >= limits.least_gone * falses and one.lost <= limits.most_lost * trues
    ]
    best = max(fitting, key=lambda one: (one.gone, -one.lost, -one.size), default=None)
    return None if best is None else best.changes


def _thresholds(verdicts: Sequence[Verdict]) -> Iterator[_Candidate]:
    """Yield each hundredth up to the largest score that may be demanded."""
    for hundredth in range(1, round(MOST_LAWFUL_SCORE * _HUNDRED) + 1):
        score = hundredth / _HUNDRED
        below = Counter(verdict.confirmed for verdict in verdicts if verdict.score < score)
        yield _Candidate(changes=Changes(min_score=score), lost=below[True], gone=below[False], size=hundredth)


def _schedules(verdicts: Sequence[Verdict]) -> Iterator[_Candidate]:
    """Yield each stretch of whole hours that could be left unwatched, which may span midnight."""
    groups = Counter((verdict.confirmed, frozenset(verdict.hours)) for verdict in verdicts)
    for begin in range(HOURS):
        for length in range(1, LONGEST_QUIET + 1):
            quiet = frozenset((begin + step) % HOURS for step in range(length))
            silent: Counter[bool] = Counter()
            for (confirmed, hours), count in groups.items():
                silent[confirmed] += count if hours <= quiet else 0
            hours_watched = (time((begin + length) % HOURS), time(begin))
            yield _Candidate(changes=Changes(hours=hours_watched), lost=silent[True], gone=silent[False], size=length)


def _switching_off(verdicts: Sequence[Verdict]) -> Iterator[_Candidate]:
    trues = sum(verdict.confirmed for verdict in verdicts)
    yield _Candidate(changes=Changes(watched=False), lost=trues, gone=len(verdicts) - trues, size=0)
