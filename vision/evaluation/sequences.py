"""From frames to violations: labelled sequences through detector, judge (without gate) and rules, or a naive alarm.

The simulator draws the sequences from seeds that no training picture has. They measure how much the rules over time
add to single frames, and how long they take; they do not measure how well real objects are detected.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from ingest.simulator.kitchen import KitchenCamera, Situation
from models.base.errors import Invalid
from models.catalogue.terms import Zone
from vision.closeups.second_look import CloseUps
from vision.engines.detector import Detector
from vision.evaluation.labels import read_truth
from vision.judging.detections import Detections
from vision.judging.judge import CameraJudge, Opened, SecondLook, Sight
from vision.judging.rules import Rule, RuleSet
from vision.pictures.decode import MAX_SIDE, Picture, decode, encode, read_picture
from vision.pictures.movers import MoverFinder
from vision.rounds.heads import whole_of
from vision.rounds.rounds import detected

FIRST_SEED: Final = 40_000
LEAD_S, SITUATION_S, TAIL_S = 15.0, 30.0, 15.0
"""Seconds of compliance before, of the situation, and of compliance after."""
LONG_S: Final = 330.0
"""Seconds for which a bin stays open, since its rule waits five minutes, and for which calm kitchens are judged."""
ZONES: Final = {
    "no_mask": Zone.special_room,
    "rodent": Zone.storage,
    "trash_lid_open": Zone.waste,
    "compliant_special_room": Zone.special_room,
}
"""Zone of a situation to which its rule applies; the others are in the cooking zone."""
CODES: Final = ("no_chef_hat", "no_mask", "smoking", "phone_use", "trash_lid_open", "rodent")
CALM: Final = ("compliant", "compliant_special_room")
"""Kitchens in which nothing is wrong and everybody wears a mask."""
PLAYED: Final = (*CODES, *CALM)
_OTHER_ROOMS: Final = 100
"""Offset of the seeds of calm special rooms, so that they differ from the calm kitchens."""
_CLOCK: Final = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)
_MEMORY_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Results for one situation code over its cameras.

    Attributes:
        situations, found: number of situations, and of those with an alert while they lasted.
        seconds: mean time from the beginning of a situation to its alert; None if none was found.
        false: number of alerts of any code without a situation.
        false_codes: number of these by code.
        hours: camera time.
        naive_found, naive_false: the same for an alarm on every frame that shows it.
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
        """Return JSON types, with false alarms per camera and hour."""
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
    """Return the seeds of a situation's cameras."""
    first = FIRST_SEED + (_OTHER_ROOMS if code == "compliant_special_room" else 0)
    return range(first, first + cameras)


def judge_sequences(
    detector: Detector,
    rules: RuleSet,
    *,
    code: str,
    seeds: Sequence[int],
    fps: float = 1.0,
    closeups: CloseUps | None = None,
) -> Judged:
    """Play a situation (or a kitchen of `CALM`) before a camera of each seed and judge it in the product's way.

    Without `closeups`, no rule takes a second look.
    """
    length = LONG_S if code in {"trash_lid_open", *CALM} else SITUATION_S
    end = LEAD_S + length
    alerts, naive = [], []
    for seed in seeds:
        frames: dict[float, bytes] = {}
        seen = list(_sights(detector, code, seed, end=end, fps=fps, frames=frames))
        zone = ZONES.get(code, Zone.cooking)
        look = None if closeups is None else partial(closeups.look, picture_at=partial(_frame_at, frames))
        alerts.append(alerts_of(rules, zone, seen, look=look))
        naive.append(naive_alerts(rules, zone, seen))
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
    detector: Detector,
    rules: RuleSet,
    still: Path,
    *,
    zone: Zone,
    closed: bool,
    hold_s: int,
    closeups: CloseUps | None = None,
) -> tuple[Detections, list[Alert]]:
    """Return the detections of one picture, and the alerts while it is held for `hold_s` seconds at 1 frame/s."""
    picture = read_picture(still, long_side=MAX_SIDE)
    found = detected(detector, read_picture(still, long_side=detector.entry.imgsz), lambda _: picture)
    sights = [
        Sight(at_s=t, detections=found, closed=closed, movers=Detections.empty(), mover_steps=0) for t in range(hold_s)
    ]
    look: SecondLook | None = None
    if closeups is not None:
        look = partial(closeups.look, picture_at=lambda _: picture)
    return found, alerts_of(rules, zone, sights, look=look)


def judge_stills(
    detector: Detector, rules: RuleSet, folder: Path, *, hold_s: int = 8, closeups: CloseUps | None = None
) -> Judged:
    """Judge labelled stills of real kitchens (x.jpg and x.txt: 0 covered, 1 bare head), each held `hold_s` seconds.

    A still with a bare head is a situation; an alert on a still without one is false.

    Raises:
        Invalid: there are no stills, or a label is unreadable.
    """
    stills = sorted(folder.glob("*.jpg"))
    if not stills:
        raise Invalid(f"{folder}: expected stills x.jpg with labels x.txt (0 covered head, 1 bare head)")
    bare, alerted, shown = [], [], []
    for still in stills:
        truth = read_truth(still.with_suffix(".txt"), {0: "head_covered", 1: "head_bare"})
        found, alerts = judge_still(
            detector, rules, still, zone=Zone.cooking, closed=False, hold_s=hold_s, closeups=closeups
        )
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


def _sights(
    detector: Detector, code: str, seed: int, *, end: float, fps: float, frames: dict[float, bytes]
) -> Iterator[Sight]:
    """Yield what a drawn camera's frames show; put each frame, as a camera sends it, into `frames` by its time."""
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
        frames[t] = encode(picture)
        found = detected(detector, picture, partial(whole_of, frames[t]))
        yield Sight(at_s=t, detections=found, closed=night, movers=movers, mover_steps=steps)


def _frame_at(frames: Mapping[float, bytes], at_s: float) -> Picture:
    return decode(frames[at_s], long_side=MAX_SIDE)


def alerts_of(rules: RuleSet, zone: Zone, seen: Sequence[Sight], *, look: SecondLook | None) -> list[Alert]:
    """Return the alerts of the rules over a sequence."""
    judge = CameraJudge(rules, zone=zone)
    return [
        Alert(at_s=sight.at_s, code=change.rule.code)
        for sight in seen
        for change in judge.see(sight, look=look)
        if isinstance(change, Opened)
    ]


def naive_alerts(rules: RuleSet, zone: Zone, seen: Sequence[Sight]) -> list[Alert]:
    """Return an alarm for every frame with anything bad, as a detector without rules would raise."""
    applying = [rule for rule in rules.rules if rule.applies_in(zone)]
    return [Alert(at_s=s.at_s, code=rule.code) for s in seen for rule in applying if _shows(rule, s)]


def _shows(rule: Rule, sight: Sight) -> bool:
    if rule.when == "closed" and not sight.closed:
        return False
    if rule.subject == "motion":
        return len(sight.movers) > 0
    return bool((sight.detections.only(rule.bad).scores >= rule.min_score).any())
