"""Judge over time: the detections of one camera, frame by frame, become violations that open and close.

Deterministic: the same frames at the same times lead to the same changes, so a violation can be replayed.
"""

from dataclasses import dataclass, field, replace

from models.catalogue.terms import Zone
from vision.judging.detections import Detections, grown, touches
from vision.judging.presence import Presence
from vision.judging.rules import Rule, RuleSet
from vision.judging.tracks import Tracker

_NEAR_GROWTH = 1.6
_AWAY_GROWTH = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one frame shows. `mover_steps` is the number of steps in the trail of a small fast mover.

    `closed`: the site is in its closing hours. While people work during them, the kitchen isn't empty, and rules for
    an empty kitchen are suspended.
    """

    at_s: float
    detections: Detections
    closed: bool = False
    movers: Detections = field(default_factory=Detections.empty)
    mover_steps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A situation meets its rule: its beginning, the detections that show it, and their mean score."""

    rule: Rule
    started_s: float
    at_s: float
    score: float
    shown: Detections
    track_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A situation has ended: `ended_s` is when it was last seen."""

    rule: Rule
    ended_s: float


ViolationChange = Opened | Closed


@dataclass(slots=True)
class _Watch:
    """One rule at one camera. `samples` are (at_s, bad or not, score), for scene and motion rules."""

    rule: Rule
    tracker: Tracker | None
    samples: list[tuple[float, bool, float]] = field(default_factory=list)
    open_since: float | None = None
    last_bad_s: float = float("-inf")


class CameraJudge:
    """Applies the rules to one camera."""

    def __init__(self, rules: RuleSet, *, zone: Zone) -> None:
        self._watches = [
            _Watch(rule, Tracker(memory_s=rule.window_s) if rule.subject == "track" else None)
            for rule in rules.rules
            if rule.applies_in(zone)
        ]
        self._presence = Presence()
        self.wants_movers = any(watch.rule.subject == "motion" for watch in self._watches)

    def see(self, sight: Sight) -> list[ViolationChange]:
        """Process one frame; return the violations that open and close with it."""
        at_work = self._presence.at_work(sight.detections, at_s=sight.at_s)
        sight = replace(sight, closed=sight.closed and not at_work)
        changes: list[ViolationChange] = []
        for watch in self._watches:
            opened = self._look(watch, sight)
            if opened is not None and watch.open_since is None:
                watch.open_since = opened.started_s
                changes.append(opened)
            elif watch.open_since is not None and sight.at_s - watch.last_bad_s > watch.rule.end_after_s:
                changes.append(Closed(rule=watch.rule, ended_s=watch.last_bad_s))
                watch.open_since = None
        return changes

    def take_up(self, rule_id: str, *, started_s: float, at_s: float) -> bool:
        """Go on with a situation that another judge opened, as if it had been seen at `at_s`.

        Returns:
            False if no rule of this id applies here.
        """
        for watch in self._watches:
            if watch.rule.id == rule_id and watch.open_since is None:
                watch.open_since, watch.last_bad_s = started_s, at_s
                return True
        return False

    def is_open(self, code: str) -> bool:
        """Return whether a situation of this code is open now."""
        return any(watch.open_since is not None and watch.rule.code == code for watch in self._watches)

    def _look(self, watch: _Watch, sight: Sight) -> Opened | None:
        rule = watch.rule
        if rule.when == "closed" and not sight.closed:
            watch.samples.clear()
            return None
        if watch.tracker is not None:
            return _look_at_tracks(watch, watch.tracker, sight)
        if rule.subject == "motion":
            return _look_for_movers(watch, sight)
        shown = _bad_boxes(rule, sight.detections)
        return _judge_samples(watch, sight, shown)


def _look_at_tracks(watch: _Watch, tracker: Tracker, sight: Sight) -> Opened | None:
    rule = watch.rule
    seen = _sure(rule, sight.detections.only(rule.bad | rule.good))
    worst: Opened | None = None
    for track in tracker.update(seen, at_s=sight.at_s):
        bad = [(at, score) for at, name, score in track.votes if name in rule.bad]
        if not bad or len(track.votes) < rule.min_samples:
            continue
        if len(bad) / len(track.votes) < rule.ratio or bad[-1][0] - bad[0][0] < rule.dwell_s:
            continue
        if track.votes[-1][1] not in rule.bad or track.seen_s != sight.at_s:
            continue  # this frame can't be the evidence: it does not show this head with a bad vote
        watch.last_bad_s = sight.at_s
        score = sum(score for _, score in bad) / len(bad)
        if worst is None or score > worst.score:
            worst = Opened(
                rule=rule,
                started_s=bad[0][0],
                at_s=sight.at_s,
                score=score,
                shown=sight.detections.only(rule.bad),
                track_id=track.id,
            )
    return worst


def _sure(rule: Rule, detections: Detections) -> Detections:
    """Return the detections without bad boxes that score too low for the rule."""
    if not rule.min_score:
        return detections
    scores = zip(detections.names, detections.scores, strict=True)
    return detections.at([i for i, (name, s) in enumerate(scores) if name not in rule.bad or s >= rule.min_score])


def _bad_boxes(rule: Rule, detections: Detections) -> Detections:
    """Return the bad boxes of a frame that touch what they have to, and do not touch what they may not."""
    bad = _sure(rule, detections.only(rule.bad))
    if not len(bad):
        return bad
    keep = [True] * len(bad)
    if rule.near:
        others = detections.only(rule.near)
        keep = [bool(touch) for touch in touches(bad.boxes, grown(others.boxes, _NEAR_GROWTH))]
    if rule.away_from:
        others = detections.only(rule.away_from)
        close = touches(bad.boxes, grown(others.boxes, _AWAY_GROWTH))
        keep = [kept and not bool(touch) for kept, touch in zip(keep, close, strict=True)]
    return bad.at([i for i, kept in enumerate(keep) if kept])


def _look_for_movers(watch: _Watch, sight: Sight) -> Opened | None:
    rule = watch.rule
    if len(sight.detections.only(rule.away_from)):
        return None
    if not len(sight.movers) or sight.mover_steps < rule.min_samples:
        return None
    watch.last_bad_s = sight.at_s
    return Opened(
        rule=rule,
        started_s=sight.at_s,
        at_s=sight.at_s,
        score=min(1.0, sight.mover_steps / (2 * rule.min_samples)),
        shown=sight.movers,
        track_id=None,
    )


def _judge_samples(watch: _Watch, sight: Sight, shown: Detections) -> Opened | None:
    rule = watch.rule
    score = float(shown.scores.max()) if len(shown) else 0.0
    watch.samples.append((sight.at_s, bool(len(shown)), score))
    watch.samples = [sample for sample in watch.samples if sight.at_s - sample[0] <= rule.window_s]
    bad = [(at, score) for at, is_bad, score in watch.samples if is_bad]
    if len(shown) and watch.open_since is not None:
        watch.last_bad_s = sight.at_s
    if not len(shown) or len(bad) < rule.min_samples:
        return None
    if len(bad) / len(watch.samples) < rule.ratio or bad[-1][0] - bad[0][0] < rule.dwell_s:
        return None
    watch.last_bad_s = sight.at_s
    return Opened(
        rule=rule,
        started_s=bad[0][0],
        at_s=sight.at_s,
        score=sum(score for _, score in bad) / len(bad),
        shown=shown,
        track_id=None,
    )
