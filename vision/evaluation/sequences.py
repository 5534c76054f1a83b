"""From frames to violations: labelled sequences through detector, gate-less judge and rules, beside the naive alarm.

Sequences are drawn by the simulator from seeds that no training picture has. What they say is how much the rules over
time are worth on top of single frames, and how long they take; not how well real things are seen.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from ingest.simulator.kitchen import KitchenCamera, Situation
from models.base.errors import Invalid
from models.catalogue.terms import Zone
from vision.engines.detector import Detector
from vision.evaluation.labels import read_truth
from vision.judging.detections import Detections
from vision.judging.judge import CameraJudge, Opened, Sight
from vision.judging.rules import Rule, RuleSet
from vision.pictures.decode import read_picture
from vision.pictures.movers import MoverFinder

FIRST_SEED: Final = 40_000
LEAD_S, SITUATION_S, TAIL_S = 15.0, 30.0, 15.0
"""Compliant before, the situation, compliant after."""
LONG_S: Final = 330.0
"""How long a bin has to stand open, as its rule waits for five minutes, and how long nothing has to be wrong."""
ZONES: Final = {
    "no_mask": Zone.special_room,
    "rodent": Zone.storage,
    "trash_lid_open": Zone.waste,
    "compliant_special_room": Zone.special_room,
}
"""Where a situation plays, as its rule applies there; elsewhere it is the cooking zone."""
CODES: Final = ("no_chef_hat", "no_mask", "smoking", "phone_use", "trash_lid_open", "rodent")
CALM: Final = ("compliant", "compliant_special_room")
"""Kitchens in which nothing is wrong and everybody is masked."""
PLAYED: Final = (*CODES, *CALM)
_OTHER_ROOMS: Final = 100
"""Special rooms in which nothing is wrong are other rooms than the kitchens in which nothing is wrong."""
_CLOCK: Final = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)
_MEMORY_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of one situation code over its cameras.

    Attributes:
        situations, found: how many there were, and how many were alerted while they lasted.
        seconds: mean time from the beginning of a situation to its alert; None if none was found.
        false: alerts of any code that nothing explains.
        false_codes: how many of these have which code.
        hours: camera time.
        naive_found, naive_false: the same for "alarm on every frame that shows it" (a frame is an alarm).
    """

    situations: int
    found: int
    seconds: float | None
    false: int
    false_codes: Mapping[str, int]
    hours: float
    naive_found: int
    naive_false: int

    def as_json(self) -> dict[str, Any]:
        """As plain values, with false alarms per camera and hour."""
        return {
            **asdict(self),
            "false_per_hour": round(self.false / self.hours, 1),
            "naive_false_per_hour": round(self.naive_false / self.hours, 1),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A code that a rule opened, at a second of the sequence."""

    at_s: float
    code: str


def seeds_of(code: str, cameras: int) -> range:
    """The seeds of a situation's cameras."""
    first = FIRST_SEED + (_OTHER_ROOMS if code == "compliant_special_room" else 0)
    return range(first, first + cameras)


def judge_sequences(detector: Detector, rules: RuleSet, *, code: str, seeds: Sequence[int], fps: float = 1.0) -> Judged:
    """Play one situation (or a kitchen of `CALM`) before a camera of each seed and judge it as the product does."""
    length = LONG_S if code in {"trash_lid_open", *CALM} else SITUATION_S
    end = LEAD_S + length
    alerts, naive = [], []
    for seed in seeds:
        seen = list(_sights(detector, code, seed, end=end, fps=fps))
        zone = ZONES.get(code, Zone.cooking)
        alerts.append(_judged(rules, zone, seen))
        naive.append(_naive(rules, zone, seen))
    right = [[a for a in one if a.code == code and LEAD_S <= a.at_s <= end] for one in alerts]
    naive_right = [[a for a in one if a.code == code and LEAD_S <= a.at_s <= end] for one in naive]
    waits = [one[0].at_s - LEAD_S for one in right if one]
    false = Counter(a.code for one in alerts for a in one) - Counter(a.code for one in right for a in one)
    return Judged(
        situations=len(seeds) if code in CODES else 0,
        found=len(waits),
        seconds=round(sum(waits) / len(waits), 1) if waits else None,
        false=false.total(),
        false_codes=dict(false),
        hours=len(seeds) * (end + TAIL_S) / 3600,
        naive_found=sum(bool(one) for one in naive_right),
        naive_false=sum(map(len, naive)) - sum(map(len, naive_right)),
    )


def judge_still(
    detector: Detector, rules: RuleSet, still: Path, *, zone: Zone, closed: bool, hold_s: int
) -> tuple[Detections, list[Alert]]:
    """What is seen in one picture, and what is alerted while it is held for some seconds, a frame a second."""
    found = detector.detect([read_picture(still, long_side=detector.entry.imgsz)])[0]
    sights = [
        Sight(at_s=t, detections=found, closed=closed, movers=Detections.empty(), mover_steps=0) for t in range(hold_s)
    ]
    return found, _judged(rules, zone, sights)


def judge_stills(detector: Detector, rules: RuleSet, folder: Path, *, hold_s: int = 8) -> Judged:
    """Labelled stills of real kitchens (x.jpg and x.txt: 0 covered, 1 bare head), each held for some seconds.

    A still with a bare head is a situation of its own; an alert on a still without one is false.

    Raises:
        Invalid: there are no stills, or a label can't be read.
    """
    stills = sorted(folder.glob("*.jpg"))
    if not stills:
        raise Invalid(f"{folder}: expected stills x.jpg with labels x.txt (0 covered head, 1 bare head)")
    bare, alerted, shown = [], [], []
    for still in stills:
        truth = read_truth(still.with_suffix(".txt"), {0: "head_covered", 1: "head_bare"})
        found, alerts = judge_still(detector, rules, still, zone=Zone.cooking, closed=False, hold_s=hold_s)
        bare.append("head_bare" in truth)
        alerted.append(next((a for a in alerts if a.code == "no_chef_hat"), None))
        shown.append("head_bare" in found.names)
    waits = [alert.at_s for is_bare, alert in zip(bare, alerted, strict=True) if is_bare and alert]
    false = Counter(alert.code for is_bare, alert in zip(bare, alerted, strict=True) if not is_bare and alert)
    return Judged(
        situations=sum(bare),
        found=len(waits),
        seconds=round(sum(waits) / len(waits), 1) if waits else None,
        false=false.total(),
        false_codes=dict(false),
        hours=len(stills) * hold_s / 3600,
        naive_found=sum(seen for is_bare, seen in zip(bare, shown, strict=True) if is_bare),
        naive_false=hold_s * sum(seen for is_bare, seen in zip(bare, shown, strict=True) if not is_bare),
    )


def _sights(detector: Detector, code: str, seed: int, *, end: float, fps: float) -> Iterator[Sight]:
    night = code == "rodent"
    script = [Situation(code=code, start_s=LEAD_S, end_s=end)] if code in CODES else []
    camera = KitchenCamera(
        seed=seed, name="sequence", cooks=0 if night else 1 + seed % 3, night=night, situations=script
    )
    finder = MoverFinder()
    for number in range(int((end + TAIL_S) * fps)):
        t = number / fps
        picture, _ = camera.render(t, wall_clock=_CLOCK + timedelta(seconds=t))
        movers, steps = finder.look(picture, at_s=t, memory_s=_MEMORY_S) if night else (Detections.empty(), 0)
        found = detector.detect([picture])[0]
        yield Sight(at_s=t, detections=found, closed=night, movers=movers, mover_steps=steps)


def _judged(rules: RuleSet, zone: Zone, seen: Sequence[Sight]) -> list[Alert]:
    judge = CameraJudge(rules, zone=zone)
    return [
        Alert(at_s=sight.at_s, code=change.rule.code)
        for sight in seen
        for change in judge.see(sight)
        if isinstance(change, Opened)
    ]


def _naive(rules: RuleSet, zone: Zone, seen: Sequence[Sight]) -> list[Alert]:
    """An alarm for every frame in which anything bad is detected, as a detector without rules would give."""
    applying = [rule for rule in rules.rules if rule.applies_in(zone)]
    return [Alert(at_s=s.at_s, code=rule.code) for s in seen for rule in applying if _shows(rule, s)]


def _shows(rule: Rule, sight: Sight) -> bool:
    if rule.when == "closed" and not sight.closed:
        return False
    return len(sight.movers) > 0 if rule.subject == "motion" else len(sight.detections.only(rule.bad)) > 0
