"""Judge over time: the detections of one camera, frame by frame, become violations that open and close.

Deterministic: the same frames at the same times lead to the same changes, so a violation can be replayed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.catalogue.terms import Zone
from vision.judging.attributes import Looked
from vision.judging.detections import Detections, grown, touches
from vision.judging.presence import Presence
from vision.judging.rules import Rule, RuleSet
from vision.judging.tracks import Tracker

Moment = tuple[float, NDArray[np.float32]]
"""When something was seen, and its box (4,), normalised corners."""
_NEAR_GROWTH = 1.6
_AWAY_GROWTH = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one frame shows. `mover_steps` is the number of steps in the trail of a small fast mover.

    `furniture`: heads at places that are learnt as furniture; only rules with `on_furniture` count them.

    `closed`: the site is in its closing hours. While people work during them, the kitchen isn't empty, and rules for
    an empty kitchen are suspended.
    """

    at_s: float
    detections: Detections
    closed: bool = False
    movers: Detections = field(default_factory=Detections.empty)
    mover_steps: int = 0
    furniture: Detections = field(default_factory=Detections.empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A situation meets its rule: its beginning, the detections that show it, and their mean score.

    `trail`: when and where it was seen within the rule's window; `looked`: what a second look answered, if asked.
    """

    rule: Rule
    started_s: float
    at_s: float
    score: float
    shown: Detections
    track_id: int | None
    trail: tuple[Moment, ...] = ()
    looked: Looked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A situation has ended: `ended_s` is when it was last seen."""

    rule: Rule
    ended_s: float


ViolationChange = Opened | Closed

SecondLook = Callable[[Opened], Looked | None]
"""Looks at crops of what is about to open; None = there is no picture of it any more, so it says nothing."""
LOOK_AGAIN_S = 3.0
"""After a refuted situation, the next look at it is this much later."""
LOOKS_A_FRAME = 2
"""Most second looks per frame of a camera; what waits for one opens with a later frame."""


@dataclass(slots=True)
class _Watch:
    """One rule at one camera.

    Attributes:
        samples: (at_s, bad or not, score) of scene and motion rules.
        trail: (at_s, box) of the surest bad box of these samples.
        refuted: track id, or None for a scene → when a second look last refuted it.
    """

    rule: Rule
    tracker: Tracker | None
    samples: list[tuple[float, bool, float]] = field(default_factory=list)
    trail: list[Moment] = field(default_factory=list)
    refuted: dict[int | None, float] = field(default_factory=dict)
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

    def see(self, sight: Sight, *, look: SecondLook | None = None) -> list[ViolationChange]:
        """Process one frame; return the violations that open and close with it.

        Without `look`, rules that ask for a second look open without one, except for what is too faint (`look_below`).
        """
        at_work = self._presence.at_work(sight.detections, at_s=sight.at_s)
        sight = replace(sight, closed=sight.closed and not at_work)
        changes: list[ViolationChange] = []
        looks = LOOKS_A_FRAME
        for watch in self._watches:
            opened = self._look(watch, sight)
            if opened is not None and watch.open_since is None and watch.rule.look is not None:
                if looks == 0:
                    continue
                looks -= look is not None
                opened = _looked_at(watch, opened, look)
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
        if rule.on_furniture and len(sight.furniture):
            sight = replace(sight, detections=sight.detections.beside(sight.furniture))
        if watch.tracker is not None:
            return _look_at_tracks(watch, watch.tracker, sight)
        if rule.subject == "motion":
            return _look_for_movers(watch, sight)
        shown = _bad_boxes(rule, sight.detections)
        return _judge_samples(watch, sight, shown)


def _looked_at(watch: _Watch, opened: Opened, look: SecondLook | None) -> Opened | None:
    """Return what opens after a second look; None if that refutes it, or does not confirm what is too faint."""
    looked = None if look is None else look(opened)
    answer = "unknown" if looked is None else looked.answer
    if answer == "refuted" or (answer == "unknown" and opened.score < watch.rule.look_below):
        watch.refuted[opened.track_id] = opened.at_s
        return None
    return replace(opened, looked=looked)


def _rests(watch: _Watch, track_id: int | None, *, at_s: float) -> bool:
    """Return whether a second look has refuted a situation so recently that it is not looked at again yet."""
    return watch.open_since is None and 0 <= at_s - watch.refuted.get(track_id, float("-inf")) < LOOK_AGAIN_S


def _look_at_tracks(watch: _Watch, tracker: Tracker, sight: Sight) -> Opened | None:
    rule = watch.rule
    seen = _sure(rule, sight.detections.only(rule.bad | rule.good))
    worst: Opened | None = None
    tracks = tracker.update(seen, at_s=sight.at_s)
    watch.refuted = {track.id: watch.refuted[track.id] for track in tracks if track.id in watch.refuted}
    for track in tracks:
        bad = [(at, score) for at, name, score in track.votes if name in rule.bad]
        if not bad or len(track.votes) < rule.min_samples:
            continue
        if len(bad) / len(track.votes) < rule.ratio or bad[-1][0] - bad[0][0] < rule.dwell_s:
            continue
        if track.votes[-1][1] not in rule.bad or track.seen_s != sight.at_s:
            continue  # this frame can't be the evidence: it does not show this head with a bad vote
        if _rests(watch, track.id, at_s=sight.at_s):
            continue
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
                trail=tuple(
                    (at, box) for (at, name, _), box in zip(track.votes, track.trail, strict=True) if name in rule.bad
                ),
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
    if len(shown) and rule.look is not None:
        watch.trail.append((sight.at_s, shown.boxes[int(shown.scores.argmax())]))
    watch.trail = [moment for moment in watch.trail if sight.at_s - moment[0] <= rule.window_s]
    bad = [(at, score) for at, is_bad, score in watch.samples if is_bad]
    if len(shown) and watch.open_since is not None:
        watch.last_bad_s = sight.at_s
    if not len(shown) or len(bad) < rule.min_samples:
        return None
    if len(bad) / len(watch.samples) < rule.ratio or bad[-1][0] - bad[0][0] < rule.dwell_s:
        return None
    if _rests(watch, None, at_s=sight.at_s):
        return None
    watch.last_bad_s = sight.at_s
    return Opened(
        rule=rule,
        started_s=bad[0][0],
        at_s=sight.at_s,
        score=sum(score for _, score in bad) / len(bad),
        shown=shown,
        track_id=None,
        trail=tuple(watch.trail),
    )
