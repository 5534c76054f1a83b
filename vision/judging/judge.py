"""Judge over time: the detections of one camera, frame by frame, become violations that open and close.

Deterministic: the same frames at the same times lead to the same changes, so a violation can be replayed.
"""

from collections.abc import Callable, Sequence
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
    `faint`: it meets the rule only with boxes below `min_score`, so that a second look has to confirm it.
    """

    rule: Rule
    started_s: float
    at_s: float
    score: float
    shown: Detections
    track_id: int | None
    trail: tuple[Moment, ...] = ()
    faint: bool = False
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


@dataclass(frozen=True, slots=True)
class _Sample:
    """A frame for a rule about a scene: its surest bad box (4,) and that one's score, if there is any."""

    at_s: float
    score: float = 0.0
    box: NDArray[np.float32] | None = None


@dataclass(slots=True)
class _Watch:
    """One rule at one camera.

    Attributes:
        samples: of scene rules, within the window.
        refuted: track id, or None for a scene → when a second look last refuted it.
        doubted_s: when a second look last did not confirm a faint scene.
        faint: what is open was opened by faint boxes, so that such boxes keep it open; others end without sure ones.
    """

    rule: Rule
    tracker: Tracker | None
    samples: list["_Sample"] = field(default_factory=list)
    refuted: dict[int | None, float] = field(default_factory=dict)
    doubted_s: float = float("-inf")
    faint: bool = False
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

        Without `look`, rules that ask for a second look open without one, except for what is too faint (`look_below`,
        `look_from`).
        """
        at_work = self._presence.at_work(sight.detections, at_s=sight.at_s)
        sight = replace(sight, closed=sight.closed and not at_work)
        changes: list[ViolationChange] = []
        looks = LOOKS_A_FRAME
        for watch in self._watches:
            opened = self._look(watch, sight, faint=look is not None)
            if opened is not None and watch.open_since is None and watch.rule.look is not None:
                if looks == 0:
                    continue
                looks -= look is not None
                opened = _looked_at(watch, opened, look)
            if opened is not None and watch.open_since is None:
                watch.open_since, watch.faint = opened.started_s, opened.faint
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
                watch.open_since, watch.faint, watch.last_bad_s = started_s, False, at_s
                return True
        return False

    def is_open(self, code: str) -> bool:
        """Return whether a situation of this code is open now."""
        return any(watch.open_since is not None and watch.rule.code == code for watch in self._watches)

    def _look(self, watch: _Watch, sight: Sight, *, faint: bool) -> Opened | None:
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
        least = rule.look_from if faint and rule.look_from is not None else rule.min_score
        shown = _bad_boxes(rule, sight.detections, least=least)
        return _judge_samples(watch, sight, shown)


def _looked_at(watch: _Watch, opened: Opened, look: SecondLook | None) -> Opened | None:
    """Return what opens after a second look; None if that refutes it, or does not confirm what is too faint."""
    looked = None if look is None else look(opened)
    answer = "unknown" if looked is None else looked.answer
    if opened.faint and answer != "confirmed":
        watch.doubted_s = opened.at_s
        return None
    if answer == "refuted" or (answer == "unknown" and opened.score < watch.rule.look_below):
        watch.refuted[opened.track_id] = opened.at_s
        return None
    return replace(opened, looked=looked)


def _rests(watch: _Watch, track_id: int | None, *, at_s: float, faint: bool = False) -> bool:
    """Return whether a second look has refused a situation so recently that it is not looked at again yet."""
    refused_s = watch.doubted_s if faint else watch.refuted.get(track_id, float("-inf"))
    return watch.open_since is None and 0 <= at_s - refused_s < LOOK_AGAIN_S


def _look_at_tracks(watch: _Watch, tracker: Tracker, sight: Sight) -> Opened | None:
    rule = watch.rule
    seen = _sure(rule, sight.detections.only(rule.bad | rule.good), least=rule.min_score)
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


def _sure(rule: Rule, detections: Detections, *, least: float) -> Detections:
    """Return the detections without bad boxes that score below `least`."""
    if not least:
        return detections
    scores = zip(detections.names, detections.scores, strict=True)
    return detections.at([i for i, (name, s) in enumerate(scores) if name not in rule.bad or s >= least])


def _bad_boxes(rule: Rule, detections: Detections, *, least: float) -> Detections:
    """Return the bad boxes of a frame that touch what they have to, and do not touch what they may not."""
    bad = _sure(rule, detections.only(rule.bad), least=least)
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
    surest = int(shown.scores.argmax()) if len(shown) else None
    sample = (
        _Sample(sight.at_s)
        if surest is None
        else _Sample(sight.at_s, score=float(shown.scores[surest]), box=shown.boxes[surest])
    )
    watch.samples = [s for s in (*watch.samples, sample) if sight.at_s - s.at_s <= rule.window_s]
    if surest is None:
        return None
    if watch.open_since is not None:
        if watch.faint or sample.score >= rule.min_score:
            watch.last_bad_s = sight.at_s
        return None
    bad = [(s.at_s, s.score, s.box) for s in watch.samples if s.box is not None]
    sure = [one for one in bad if one[1] >= rule.min_score]
    meant = next((seen for seen in (sure, bad) if _meets(rule, seen, of=len(watch.samples), at_s=sight.at_s)), None)
    if meant is None:
        return None
    faint = len(meant) > len(sure)
    if _rests(watch, None, at_s=sight.at_s, faint=faint):
        return None
    watch.last_bad_s = sight.at_s
    return Opened(
        rule=rule,
        started_s=meant[0][0],
        at_s=sight.at_s,
        score=sum(score for _, score, _ in meant) / len(meant),
        shown=shown if faint else _sure(rule, shown, least=rule.min_score),
        track_id=None,
        trail=tuple((at, box) for at, _, box in meant),
        faint=faint,
    )


def _meets(rule: Rule, bad: Sequence[tuple[float, float, NDArray[np.float32]]], *, of: int, at_s: float) -> bool:
    """Return whether the bad ones among `of` samples, (at_s, score, box), meet the rule with the frame of `at_s`."""
    return (
        len(bad) >= rule.min_samples
        and bad[-1][0] == at_s
        and len(bad) / of >= rule.ratio
        and bad[-1][0] - bad[0][0] >= rule.dwell_s
    )
