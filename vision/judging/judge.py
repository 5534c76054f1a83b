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
class _Bad:
    """The surest bad box (4,) of a frame for a rule about a scene, and its score."""

    at_s: float
    score: float
    box: NDArray[np.float32]


_FAINT = "faint"
"""Stands for a scene that only faint boxes show, beside None for one with sure boxes."""


@dataclass(slots=True)
class _Watch:
    """One rule at one camera.

    Attributes:
        frames: of scene rules, the times of the frames within the window; `bad`: those that show it.
        refused: track id, None for a scene, or `_FAINT` → when a second look last refused it.
        faint: whether faint boxes opened the situation. If so, they keep it open, too; else only sure boxes do.
    """

    rule: Rule
    tracker: Tracker | None
    frames: list[float] = field(default_factory=list)
    bad: list[_Bad] = field(default_factory=list)
    refused: dict[int | str | None, float] = field(default_factory=dict)
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
            watch.frames.clear()
            watch.bad.clear()
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
    too_faint = opened.faint or opened.score < watch.rule.look_below
    if answer == "refuted" or (answer == "unknown" and too_faint):
        watch.refused[_FAINT if opened.faint else opened.track_id] = opened.at_s
        return None
    return replace(opened, looked=looked)


def _rests(watch: _Watch, which: int | str | None, *, at_s: float) -> bool:
    """Return whether a second look has refused a situation so recently that it is not looked at again yet."""
    return watch.open_since is None and 0 <= at_s - watch.refused.get(which, float("-inf")) < LOOK_AGAIN_S


def _look_at_tracks(watch: _Watch, tracker: Tracker, sight: Sight) -> Opened | None:
    rule = watch.rule
    seen = _sure(rule, sight.detections.only(rule.bad | rule.good), least=rule.min_score)
    worst: Opened | None = None
    tracks = tracker.update(seen, at_s=sight.at_s)
    watch.refused = {track.id: watch.refused[track.id] for track in tracks if track.id in watch.refused}
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
    rule, at_s = watch.rule, sight.at_s
    watch.frames = [at for at in (*watch.frames, at_s) if at_s - at <= rule.window_s]
    watch.bad = [one for one in watch.bad if at_s - one.at_s <= rule.window_s]
    if not len(shown):
        return None
    surest = int(shown.scores.argmax())
    now = _Bad(at_s, float(shown.scores[surest]), shown.boxes[surest])
    watch.bad.append(now)
    if watch.open_since is not None:
        if watch.faint or now.score >= rule.min_score:
            watch.last_bad_s = at_s
        return None
    sure = [one for one in watch.bad if one.score >= rule.min_score]
    bad = next((some for some in (sure, watch.bad) if _meets(rule, some, of=len(watch.frames), at_s=at_s)), None)
    if bad is None:
        return None
    faint = len(bad) > len(sure)
    if _rests(watch, _FAINT if faint else None, at_s=at_s):
        return None
    watch.last_bad_s = at_s
    return Opened(
        rule=rule,
        started_s=bad[0].at_s,
        at_s=at_s,
        score=sum(one.score for one in bad) / len(bad),
        shown=shown if faint else _sure(rule, shown, least=rule.min_score),
        track_id=None,
        trail=tuple((one.at_s, one.box) for one in bad),
        faint=faint,
    )


def _meets(rule: Rule, bad: Sequence[_Bad], *, of: int, at_s: float) -> bool:
    """Return whether the bad ones among `of` frames meet the rule with the frame of `at_s`."""
    return (
        len(bad) >= rule.min_samples
        and bad[-1].at_s == at_s
        and len(bad) / of >= rule.ratio
        and bad[-1].at_s - bad[0].at_s >= rule.dwell_s
    )
