"""Which numbers a machine computes fastest with, measured: the fastest precision that still agrees with f32.

What is fast depends on the CPU (f16 is three times slower than bf16 where there are matrix units for bf16
alone, and the other way round elsewhere), so it is tried once and remembered.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import structlog

from models.base.atomic import write_atomically
from models.base.jsonio import dumps, loads
from models.base.metrics import PROGRESS
from models.catalogue.weights import Precision
from vision.engines.detector import Engine
from vision.judging.detections import Head
from vision.pictures.decode import STRIDE, Picture, letterbox

SAFE: Precision = "f32"
SURE = 0.25
"""Anchors that f32 scores from here on are compared: below, nothing is ever reported."""
SCORE_TOLERANCE: Mapping[Precision, float] = {"f32": 0.0, "bf16": 0.1, "f16": 0.1, "int8": 0.25}
"""Largest difference of a score, but for one anchor in a hundred. A step of bf16 is 0.004 near 1, and a network has
many: 0.05 here. int8 differs by some 0.2, as it has learnt to: what its rounding is worth was measured when the weights
were exported, and here only whether this machine does it right. Weights that tell by how much it differed there are
held to that and `MARGIN`."""
MARGIN = 0.05
"""How much more than at export int8 may differ: another CPU rounds the layers that stay exact in another way."""
BOX_TOLERANCE = 0.02
"""Largest difference of a box's centre or size, as a share of the input's side; one in a hundred does not count."""
_MOST = 99.0
_ROUNDS, _PICTURES = 10, 8
_FEWEST, _LONG_S = 3, 60.0
"""Rounds go on no longer than this once there are a few: on a busy machine each takes many seconds."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One precision: its best time for a picture, and how far it is from f32 but for one anchor in a hundred."""

    precision: Precision
    ms: float
    score_difference: float
    box_difference: float
    score_tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether what it says may stand for what f32 says; not-a-number does not."""
        return self.score_difference <= self.score_tolerance and self.box_difference <= BOX_TOLERANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """The choice and what it rests on."""

    precision: Precision
    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """Runs pictures (canvases, as an engine takes them) through an engine of each candidate precision and of f32."""

    build: Callable[[Precision], Engine]
    pictures: Callable[[], list[Picture]]
    side: int
    candidates: Sequence[Precision]
    tolerance: Mapping[Precision, float] = field(default_factory=lambda: SCORE_TOLERANCE)

    def remembered(self, cache: Path, *, key: str) -> Measurements:
        """The choice for `key` (machine, weights, runtime) from the folder, else measured and written there."""
        path = cache / f"precision-{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"
        known = _read(path)
        if known is not None:
            log.info("precision remembered", precision=known.precision, file=str(path))
            return known
        part = path.with_suffix(".part.json")
        report = self.run(kept=part)
        log.info("precision chosen", precision=report.precision, trials=[asdict(trial) for trial in report.trials])
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dumps({**asdict(report), "key": key}), encoding="utf-8")
            part.unlink(missing_ok=True)
        except OSError as error:
            log.warning("precision can't be remembered", error=str(error))
        return report

    def run(self, *, kept: Path | None = None) -> Measurements:
        """Measure every candidate against f32 and choose the fastest that agrees.

        What is measured lies in `kept` step by step: a test that was broken off goes on there.
        """
        pictures, measured = self.pictures(), _Measured.read(kept)
        PROGRESS.inc()
        engines = {precision: self.build(precision) for precision in (SAFE, *self.candidates)}
        truth: Sequence[Head] = ()
        if any(precision not in measured.differences for precision in engines):
            truth = engines[SAFE].infer(pictures)  # compiles, and warms up
            PROGRESS.inc()
        for precision, engine in engines.items():
            if precision in measured.differences:
                continue
            heads = truth if precision == SAFE else engine.infer(pictures)
            measured.differences[precision] = difference(truth, heads, side=self.side)
            measured.write(kept)
        self._time(engines, pictures, measured, kept)
        trials = [self._trial(precision, measured) for precision in engines]
        best = min((trial for trial in trials if trial.agrees), key=lambda trial: trial.ms)
        return Measurements(precision=best.precision, trials=tuple(trials))

    def _trial(self, precision: Precision, measured: "_Measured") -> Trial:
        score, box = measured.differences[precision]
        return Trial(
            precision=precision,
            ms=round(measured.ms[precision], 3),
            score_difference=score,
            box_difference=box,
            score_tolerance=self.tolerance[precision],
        )

    def _time(
        self, engines: Mapping[Precision, Engine], pictures: list[Picture], measured: "_Measured", kept: Path | None
    ) -> None:
        """Note each engine's best time for a picture in milliseconds.

        They take turns, so that a second in which the machine is busy with something else spoils a round of all of
        them and not all rounds of one: the choice is kept for as long as machine and weights are the same. A slow
        machine makes fewer rounds.
        """
        resumed, began = measured.rounds > 0, time.monotonic()
        while measured.rounds < _ROUNDS and not (measured.rounds >= _FEWEST and time.monotonic() - began > _LONG_S):
            for precision, engine in engines.items():
                if resumed:
                    engine.infer(pictures)  # compiles, and warms up
                    PROGRESS.inc()
                started = time.perf_counter()
                engine.infer(pictures)
                ms = (time.perf_counter() - started) / len(pictures) * 1000
                measured.ms[precision] = min(measured.ms.get(precision, float("inf")), ms)
                PROGRESS.inc()
            resumed = False
            measured.rounds += 1
            measured.write(kept)


@dataclass(slots=True)
class _Measured:
    """What a self-test knows so far: differences from f32, and best times over so many rounds."""

    differences: dict[Precision, tuple[float, float]] = field(default_factory=dict)
    ms: dict[Precision, float] = field(default_factory=dict)
    rounds: int = 0

    @classmethod
    def read(cls, path: Path | None) -> "_Measured":
        """What an earlier test has written down; nothing if it can't be read."""
        try:
            raw = {} if path is None else loads(path.read_bytes())
            known = cls(
                differences={name: (float(score), float(box)) for name, (score, box) in raw["differences"].items()},
                ms={name: float(ms) for name, ms in raw["ms"].items()},
                rounds=int(raw["rounds"]),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls()
        return known

    def write(self, path: Path | None) -> None:
        """Write it down; a folder that can't be written to costs only the time of another test."""
        PROGRESS.inc()
        if path is None:
            return
        finite = {name: pair for name, pair in self.differences.items() if np.isfinite(pair).all()}
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, dumps({"differences": finite, "ms": self.ms, "rounds": self.rounds}), mode=0o644)


def difference(truth: Sequence[Head], heads: Sequence[Head], *, side: int) -> tuple[float, float]:
    """Difference of scores, and of boxes as a share of `side`, where f32 is `SURE`, but for one anchor in a hundred."""
    if not all(np.isfinite(head).all() for head in heads):
        return float("inf"), float("inf")
    sure = [right[4:].max(axis=0) >= SURE for right in truth]
    apart = np.hstack([np.abs(right - other)[:, s] for right, other, s in zip(truth, heads, sure, strict=True)])
    if not apart.size:
        return 0.0, 0.0
    score, box = (float(np.percentile(rows.max(axis=0), _MOST)) for rows in (apart[4:], apart[:4] / side))
    return round(score, 4), round(box, 4)


def tolerance_of(int8_difference: float | None) -> Mapping[Precision, float]:
    """`SCORE_TOLERANCE`, for weights whose int8 differed by so much where they were exported; None = not told."""
    return SCORE_TOLERANCE if int8_difference is None else {**SCORE_TOLERANCE, "int8": int8_difference + MARGIN}


def drawn(side: int) -> list[Picture]:
    """Drawn kitchens, fitted as frames are: the same on every machine."""
    from ingest.simulator.kitchen import KitchenCamera  # noqa: PLC0415 - for a first start only

    at = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)
    cameras = [KitchenCamera(seed=seed, name="self-test", cooks=3) for seed in range(_PICTURES)]
    return [letterbox(camera.render(7.0, wall_clock=at)[0], side, stride=STRIDE)[0] for camera in cameras]


def _read(path: Path) -> Measurements | None:
    """A choice written down earlier; None if there is none that can be read."""
    try:
        raw = loads(path.read_bytes())
        trials = tuple(Trial(**trial) for trial in raw["trials"])
        report = Measurements(precision=raw["precision"], trials=trials)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return report if any(trial.precision == report.precision and trial.agrees for trial in trials) else None
