"""Measure JPEG → boxes per second: our path against ultralytics' `predict()`, same weights, same frames, one run.

The peers need `pip install 'mingchu[train]'`. Each peer runs in every way that its documentation shows; its fastest
way counts. They run a checkpoint restored from the shipped graph; the OpenVINO peer is ultralytics' export of it.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple, TypeVar

import cv2
import numpy as np

from deploy.bench import peers
from ingest.simulator.kitchen import KitchenCamera
from models.catalogue.weights import ModelEntry
from vision.closeups.opening import open_shipped
from vision.closeups.second_look import CloseUps
from vision.engines.detector import Detector, Engine
from vision.engines.openvino import open_engine
from vision.evaluation import DetectorEye, Eye, collect
from vision.evaluation.labels import known_classes
from vision.judging.detections import Detections
from vision.judging.judge import Opened
from vision.judging.rules import default_rules
from vision.pictures.decode import MAX_SIDE, STRIDE, Picture, decode, letterbox
from vision.pictures.gate import MotionGate
from vision.pipeline.decoding import Ahead
from vision.pipeline.eye import BATCH
from vision.rounds.heads import whole_of
from vision.rounds.opening import open_rounds
from vision.rounds.rounds import Passing, Rounds, Turns
from vision.weights.shipped import shipped

WIDTH, HEIGHT = 1280, 720
SECONDS: Final = 12
PEOPLE: Final = (3, 2, 2, 1, 1, 0, 0, 0)
"""Cooks in view of each camera: some kitchens are busy, some are almost idle, some are empty."""
ROUNDS: Final = 4
STEADY_S: Final = 6.0
"""Seconds for which the frames of all cameras repeat: without the gate, with it, and with second looks."""
LOOKED_AT: Final = 0.02
"""Share of frames with a second look: as if one camera of ten had something about to open every five seconds."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class VisionFigures:
    """Figures that `mingchu bench vision --json` prints; None means not measured."""

    frames: int
    precision: str
    frames_per_s: float
    cameras_at_1fps: int
    cameras_at_1fps_gated: int
    share_through_gate: float
    cameras_at_1fps_looked_at: int
    share_looked_at: float
    lost_to_second_looks: float
    cameras_at_1fps_with_rounds: int
    share_on_rounds: float
    share_near_heads: float
    lost_to_looks_and_rounds: float
    ultralytics_openvino_frames_per_s: float
    ultralytics_openvino_way: str
    ratio_to_ultralytics_openvino: float
    ultralytics_torch_frames_per_s: float
    ultralytics_torch_way: str
    ratio_to_ultralytics_torch: float
    all_frames_per_s: Mapping[str, float]
    ap50: Mapping[str, float] | None
    ap50_torch: Mapping[str, float] | None


class _Sent(NamedTuple):
    """A JPEG, the number of its camera, and its second."""

    camera: int
    second: int
    jpeg: bytes


def measure(labelled: Path | None = None, *, split: str | None = None) -> VisionFigures:
    """Measure our path and the peers in turn, `ROUNDS` times, and return each one's best round.

    With `labelled` pictures, also compare our AP50 with that of PyTorch's `predict()`.

    Raises:
        Invalid: ultralytics is not installed.
    """
    entry, cameras = shipped(), draw_frames()
    flat = [jpeg for second in zip(*cameras, strict=True) for jpeg in second]
    with TemporaryDirectory() as folder, ThreadPoolExecutor(max_workers=2) as pool:
        engine, report = open_engine(entry, cache=Path(folder) / "cache")
        detector = Detector(entry, engine)
        checkpoint = peers.checkpoint(entry, Path(folder) / "model.pt")
        best = _best(_runs(detector, checkpoint, flat, pool, folder=Path(folder)), frames=len(flat))
        through, gated = _steady(detector, cameras, pool, gate=True)
        figures = second_looks(detector, open_shipped(), open_rounds(entry), cameras, pool)
        ap50, ap50_torch = (
            (None, None) if labelled is None else _ap50_of_both(entry, engine, checkpoint, labelled, split=split)
        )
    ours, openvino, torch = best["ours"], _fastest(best, "openvino"), _fastest(best, "torch")
    return VisionFigures(
        frames=len(flat),
        precision=report.precision,
        frames_per_s=round(ours, 1),
        cameras_at_1fps=int(figures.plain),
        cameras_at_1fps_gated=int(gated),
        share_through_gate=round(through, 3),
        cameras_at_1fps_looked_at=int(figures.looked),
        share_looked_at=round(figures.share, 3),
        lost_to_second_looks=round(figures.lost, 3),
        cameras_at_1fps_with_rounds=int(figures.rounds),
        share_on_rounds=round(figures.share_on_rounds, 3),
        share_near_heads=round(figures.share_near_heads, 3),
        lost_to_looks_and_rounds=round(figures.lost_to_both, 3),
        ultralytics_openvino_frames_per_s=round(best[openvino], 1),
        ultralytics_openvino_way=openvino,
        ratio_to_ultralytics_openvino=round(ours / best[openvino], 2),
        ultralytics_torch_frames_per_s=round(best[torch], 1),
        ultralytics_torch_way=torch,
        ratio_to_ultralytics_torch=round(ours / best[torch], 2),
        all_frames_per_s={name: round(value, 1) for name, value in best.items()},
        ap50=ap50,
        ap50_torch=ap50_torch,
    )


def draw_frames() -> list[list[bytes]]:
    """Draw kitchens and return their JPEGs, grouped by camera, one per second."""
    at = datetime(2026, 9, 1, tzinfo=UTC)
    cameras = []
    for seed, cooks in enumerate(PEOPLE):
        kitchen = KitchenCamera(
            seed=seed, name=f"BENCH-{seed}", cooks=cooks, night=seed == len(PEOPLE) - 1, width=WIDTH, height=HEIGHT
        )
        pictures = (kitchen.render(float(second), wall_clock=at)[0] for second in range(SECONDS))
        cameras.append([bytes(cv2.imencode(".jpg", picture)[1]) for picture in pictures])
    return cameras


def _runs(
    detector: Detector, checkpoint: Path, jpegs: Sequence[bytes], pool: ThreadPoolExecutor, *, folder: Path
) -> dict[str, peers.Run]:
    """Return all compared runs by name, each warmed up."""
    entry = detector.entry
    decoded = partial(decode, long_side=entry.imgsz)
    height, width = letterbox(decoded(jpegs[0]), entry.imgsz, stride=STRIDE)[0].shape[:2]

    def ours() -> None:
        ahead = _ahead(iter(jpegs), decoded, pool)
        while pictures := ahead.next(timeout_s=0):
            detector.detect([picture for _, picture in pictures if picture is not None])

    runs: dict[str, peers.Run] = {"ours": ours}
    runs |= peers.openvino(checkpoint, jpegs, folder=folder, imgsz=entry.imgsz, shape=(height, width))
    runs |= peers.torch(checkpoint, jpegs, imgsz=entry.imgsz)
    for run in runs.values():
        peers.warm_up(run)
    return runs


def _ahead(coming: Iterator[T], decode_one: Callable[[T], Picture], pool: ThreadPoolExecutor) -> Ahead[T]:
    """Return batches as large as the product's where enough frames wait; an empty batch at the end."""
    return Ahead(lambda _: list(islice(coming, BATCH)), decode_one, pool)


def _best(runs: Mapping[str, peers.Run], *, frames: int) -> dict[str, float]:
    """Return the frames per second of each run's best round. Rounds alternate, so a busy moment hits all runs alike."""
    best = dict.fromkeys(runs, 0.0)
    for _ in range(ROUNDS):
        for name, run in runs.items():
            began = time.perf_counter()
            run()
            best[name] = max(best[name], frames / (time.perf_counter() - began))
    return best


def _fastest(best: Mapping[str, float], peer: str) -> str:
    return max((name for name in best if name.startswith(peer)), key=best.__getitem__, default="")


class LookFigures(NamedTuple):
    """Frames per second without and with second looks at a share of the frames, and with these and rounds.

    Each is the best of its repetitions.
    """

    plain: float
    looked: float
    share: float
    rounds: float
    share_on_rounds: float
    share_near_heads: float

    @property
    def lost(self) -> float:
        """The share of cameras at one frame per second that second looks cost."""
        return 1 - self.looked / self.plain

    @property
    def lost_to_both(self) -> float:
        """The share of cameras that second looks and rounds cost together."""
        return 1 - self.rounds / self.plain


def second_looks(
    detector: Detector,
    closeups: CloseUps,
    rounds: Rounds | None,
    cameras: Sequence[Sequence[bytes]],
    pool: ThreadPoolExecutor,
) -> LookFigures:
    """Measure what second looks at `LOOKED_AT` of all frames cost, and rounds besides, all in turn, without gate."""
    plain = looked = share = both = 0.0
    tour = Touring(rounds)
    for _ in range(ROUNDS):
        plain = max(plain, _steady(detector, cameras, pool, gate=False)[1])
        again, now = _steady(detector, cameras, pool, gate=False, look=Looking(closeups, cameras))
        looked, share = max(looked, now), again
        tour = Touring(rounds)
        _, now = _steady(detector, cameras, pool, gate=False, look=Looking(closeups, cameras), tour=tour)
        both = max(both, now)
    return LookFigures(plain, looked, share, both, tour.share, tour.share_near_heads)


class Looking:
    """Second looks at a share of the frames: the head rule looks at one place of the camera's last seconds."""

    def __init__(self, closeups: CloseUps, cameras: Sequence[Sequence[bytes]]) -> None:
        self._closeups, self._cameras = closeups, cameras
        self._rule = next(rule for rule in default_rules().rules if rule.look == "head")
        self.due = self.done = 0.0

    def at(self, sent: "_Sent") -> None:
        """Count a frame, and look if it is time to."""
        self.due += LOOKED_AT
        if self.due < 1:
            return
        self.due -= 1
        self.done += 1
        box = np.array((0.4, 0.3, 0.45, 0.4), np.float32)
        opened = Opened(
            rule=self._rule,
            started_s=0,
            at_s=SECONDS,
            score=0.6,
            shown=Detections.empty(),
            track_id=None,
            trail=tuple((float(second), box) for second in range(SECONDS)),
        )
        jpegs = self._cameras[sent.camera]
        self._closeups.look(opened, lambda at_s: decode(jpegs[int(at_s)], long_side=MAX_SIDE))


class Touring:
    """Rounds in the product's way, by the clock of the film; without a network nothing."""

    def __init__(self, rounds: Rounds | None) -> None:
        self._rounds, self._turns = rounds, defaultdict[int, Turns](Turns)
        self.passed = self.done = self.near = 0

    @property
    def share(self) -> float:
        """The share of the frames that was looked over."""
        return self.done / max(self.passed, 1)

    @property
    def share_near_heads(self) -> float:
        """The share of the frames in which heads were looked at."""
        return self.near / max(self.passed, 1)

    def join(self, frames: Sequence[tuple["_Sent", Picture]], found: Sequence[Detections]) -> None:
        """Let frames pass with what was detected in them."""
        if self._rounds is None:
            return
        passing = [
            Passing(self._turns[sent.camera], picture, float(sent.second), of, partial(whole_of, sent.jpeg))
            for (sent, picture), of in zip(frames, found, strict=True)
        ]
        self._rounds.join(passing)
        self.passed += len(passing)
        self.done += sum(one.turns.frames.looked_s == one.at_s for one in passing)
        self.near += sum(one.turns.heads.looked_s == one.at_s for one in passing)


def _steady(
    detector: Detector,
    cameras: Sequence[Sequence[bytes]],
    pool: ThreadPoolExecutor,
    *,
    gate: bool,
    look: Looking | None = None,
    tour: Touring | None = None,
) -> tuple[float, float]:
    """Return the share of frames that reach the detector, and frames per second, while all cameras run for `STEADY_S`.

    With `look` it is the share of frames that are looked at a second time; with `tour`, rounds are made. A camera's
    film plays forwards and backwards, so that no figure jumps; the gates keep their state.
    """
    gates = [MotionGate() for _ in cameras]
    forth_and_back = cycle([*range(SECONDS), *range(SECONDS - 2, 0, -1)])
    coming = (
        _Sent(camera, second, jpegs[frame])
        for second, frame in enumerate(forth_and_back)
        for camera, jpegs in enumerate(cameras)
    )
    decoded = partial(decode, long_side=detector.entry.imgsz)
    ahead = _ahead(coming, lambda sent: decoded(sent.jpeg), pool)
    passed = total = 0
    began = time.perf_counter()
    while time.perf_counter() - began < STEADY_S:
        frames = [(sent, picture) for sent, picture in ahead.next(timeout_s=0) if picture is not None]
        wanted = [(sent, p) for sent, p in frames if not gate or gates[sent.camera].wants(p, at_s=float(sent.second))]
        found = detector.detect([picture for _, picture in wanted])
        if tour is not None:
            tour.join(wanted, found)
        if look is not None:
            for sent, _ in frames:
                look.at(sent)
        passed, total = passed + len(wanted), total + len(frames)
    return (passed if look is None else look.done) / total, total / (time.perf_counter() - began)


def _ap50_of_both(
    entry: ModelEntry, engine: Engine, checkpoint: Path, labelled: Path, *, split: str | None
) -> tuple[dict[str, float], dict[str, float]]:
    known = known_classes(labelled, entry.classes)

    def ap50(eye: Eye) -> dict[str, float]:
        return {name: f.ap50 for name, f in collect(eye, labelled, known, split=split).figures().items()}

    return ap50(DetectorEye(entry, engine)), ap50(peers.torch_eye(checkpoint, entry))
