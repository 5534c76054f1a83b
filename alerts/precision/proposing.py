"""Find what makes a code right more often at a camera: a score, hours, an ignored area, or switching it off. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from alerts.precision.measuring import HOURS, Limits
from alerts.precision.replay import Replay, replay
from models.catalogue.checking import MOST_LAWFUL_SCORE
from models.catalogue.codes import Code
from models.catalogue.overrides import Changes
from models.catalogue.precision_terms import ProposalKind
from models.catalogue.resolving import Effective
from models.domain.precision import Verdict

LONGEST_QUIET = 12
"""Hours of the day in which a schedule leaves a code unwatched at most (domain default)."""
GRID = 8
"""An area is made of cells, so many across and so many down the picture."""
MOST_CELLS = GRID * GRID // 4
"""An area leaves at most a quarter of the picture out (domain default)."""
_HUNDRED = 100
_Cells = tuple[int, int, int, int]
"""The first and last column, then the first and last row of the cells around a span."""


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
        ProposalKind.area: _areas,
        ProposalKind.switch_off: _switching_off,
    }
    trues = sum(verdict.confirmed for verdict in known)
    found = []
    for kind, candidates in kinds.items():
        best = _best(candidates(known), trues=trues, falses=len(known) - trues, limits=limits)
        if best is not None:
            found.append(Draft(kind=kind, changes=best, replay=replay(known, best)))
    return found


def narrows(changes: Changes, effective: Effective[Code]) -> bool:
    """Return whether changes leave less than what applies already, so that taking them never widens anything.

    A new override of hours or of an area would replace the one in force, so there is no further one beside it.
    """
    if not effective.watched:
        return False
    if changes.min_score is not None and effective.min_score is not None:
        return changes.min_score > effective.min_score
    if changes.hours is not None:
        return effective.hours is None
    return changes.ignored_area is None or effective.ignored_area is None


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


def _areas(verdicts: Sequence[Verdict]) -> Iterator[_Candidate]:
    """Yield each rectangle of cells up to `MOST_CELLS`; a verdict without boxes lies in none."""
    known = Counter((verdict.confirmed, _cells(verdict)) for verdict in verdicts if verdict.span is not None)
    for left, right in _stretches():
        across = {key: count for key, count in known.items() if left <= key[1][0] and key[1][1] <= right}
        for top, bottom in _stretches() if across else ():
            size = (right - left + 1) * (bottom - top + 1)
            if size <= MOST_CELLS:
                area = (left / GRID, top / GRID, (right - left + 1) / GRID, (bottom - top + 1) / GRID)
                inside = _inside(across, top, bottom)
                yield _Candidate(changes=Changes(ignored_area=area), lost=inside[True], gone=inside[False], size=size)


def _stretches() -> Iterator[tuple[int, int]]:
    return ((first, last) for first in range(GRID) for last in range(first, GRID))


def _cells(verdict: Verdict) -> _Cells:
    x0, y0, x1, y1 = verdict.span or (0.0, 0.0, 0.0, 0.0)
    left, right, top, bottom = (max(0, min(int(place * GRID), GRID - 1)) for place in (x0, x1, y0, y1))
    return left, right, top, bottom


def _inside(counts: Mapping[tuple[bool, _Cells], int], top: int, bottom: int) -> Counter[bool]:
    found: Counter[bool] = Counter()
    for (confirmed, (_, _, first, last)), count in counts.items():
        if top <= first and last <= bottom:
            found[confirmed] += count
    return found


def _switching_off(verdicts: Sequence[Verdict]) -> Iterator[_Candidate]:
    trues = sum(verdict.confirmed for verdict in verdicts)
    yield _Candidate(changes=Changes(watched=False), lost=trues, gone=len(verdicts) - trues, size=0)
