"""Measure the fastest precision of a machine that still agrees with f32.

The fastest precision depends on the CPU (f16 is three times slower than bf16 on a CPU with matrix units only for
bf16, and the reverse elsewhere), so it is measured once and stored.
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
"""Lowest f32 score of the anchors to compare; anchors below it are never reported."""
SCORE_TOLERANCE: Mapping[Precision, float] = {"f32": 0.0, "bf16": 0.1, "f16": 0.1, "int8": 0.25}
"""Largest allowed difference of a score, except for one anchor in a hundred. A step of bf16 is 0.004 near 1, and over
this network the steps add up to 0.05. int8 differs by about 0.2; its loss was measured at the export of the weights, so
this only checks that the machine computes it correctly. If the weights state the difference at the export, that plus
`MARGIN` is the tolerance."""
MARGIN = 0.05
"""How much more int8 may differ than at the export, since another CPU rounds the unquantised layers differently."""
BOX_TOLERANCE = 0.02
"""Largest difference of a box's centre or size, as a share of the input's side; one box in a hundred may exceed it."""
_MOST = 99.0
_ROUNDS, _PICTURES = 10, 8
_FEWEST, _LONG_S = 3, 60.0
"""Least rounds, and the time limit in seconds after them, since a round takes long on a busy machine."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One precision: its best time per picture, and its difference from f32, except for one anchor in a hundred."""

    precision: Precision
    ms: float
    score_difference: float
    box_difference: float
    score_tolerance: float

    @property
    def agrees(self) -> bool:
        """Return whether its output is close enough to that of f32; not-a-number is not."""
        return self.score_difference <= self.score_tolerance and self.box_difference <= BOX_TOLERANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """The chosen precision and the measurements behind it."""

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
        """Return the stored choice for `key` (machine, weights, runtime); else measure and store it in the folder."""
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

        The file `kept` stores each step, so that an interrupted test continues there.
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
        """Store each engine's best time per picture in milliseconds.

        The engines take turns, so that a moment of other load slows one round of each and not all rounds of one:
        the choice is kept as long as machine and weights are the same. A slow machine does fewer rounds.
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
    """The results of a self-test so far: differences from f32, and best times over `rounds` rounds."""

    differences: dict[Precision, tuple[float, float]] = field(default_factory=dict)
    ms: dict[Precision, float] = field(default_factory=dict)
    rounds: int = 0

    @classmethod
    def read(cls, path: Path | None) -> "_Measured":
        """Return the stored results of an earlier test; empty ones if they can't be read."""
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
        """Store the results; if that fails, the next start only has to measure again."""
        PROGRESS.inc()
        if path is None:
            return
        finite = {name: pair for name, pair in self.differences.items() if np.isfinite(pair).all()}
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, dumps({"differences": finite, "ms": self.ms, "rounds": self.rounds}), mode=0o644)


def difference(truth: Sequence[Head], heads: Sequence[Head], *, side: int) -> tuple[float, float]:
    """Return the differences of scores and boxes (share of `side`) where f32 is `SURE`, without the worst 1 %."""
    if not all(np.isfinite(head).all() for head in heads):
        return float("inf"), float("inf")
    sure = [right[4:].max(axis=0) >= SURE for right in truth]
    apart = np.hstack([np.abs(right - other)[:, s] for right, other, s in zip(truth, heads, sure, strict=True)])
    if not apart.size:
        return 0.0, 0.0
    score, box = (float(np.percentile(rows.max(axis=0), _MOST)) for rows in (apart[4:], apart[:4] / side))
    return round(score, 4), round(box, 4)


def tolerance_of(int8_difference: float | None) -> Mapping[Precision, float]:
    """Return `SCORE_TOLERANCE`, adapted to the difference of int8 at the export; None = not stated."""
    return SCORE_TOLERANCE if int8_difference is None else {**SCORE_TOLERANCE, "int8": int8_difference + MARGIN}


def drawn(side: int) -> list[Picture]:
    """Return simulated kitchens in the form of frames, the same on every machine."""
    from ingest.simulator.kitchen import KitchenCamera  # noqa: PLC0415 - needed only at the first start

    at = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)
    cameras = [KitchenCamera(seed=seed, name="self-test", cooks=3) for seed in range(_PICTURES)]
    return [letterbox(camera.render(7.0, wall_clock=at)[0], side, stride=STRIDE)[0] for camera in cameras]


def _read(path: Path) -> Measurements | None:
    """Return a stored choice; None if there is none, or it can't be read."""
    try:
        raw = loads(path.read_bytes())
        trials = tuple(Trial(**trial) for trial in raw["trials"])
        report = Measurements(precision=raw["precision"], trials=trials)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return report if any(trial.precision == report.precision and trial.agrees for trial in trials) else None
