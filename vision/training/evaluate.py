"""Evaluate a detector on the prepared pictures, each source only on the classes that it labels."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.catalogue.weights import ModelEntry
from vision.engines.detector import Engine
from vision.evaluation import DetectorEye, Records, collect
from vision.evaluation.tally import Tally, balanced, threshold_for
from vision.judging.detections import Head
from vision.pictures.decode import Picture
from vision.training.classes import CLASSES, OWN, SIMULATED, labelled_in

PRECISION, RECALL = 0.9, 0.3
"""Precision of a threshold on validation pictures, if the recall is at least this."""
FALLBACK: Final = 0.5
"""Threshold of a class without validation pictures."""
LEAST, MOST = 0.2, 0.75
"""Bounds of thresholds: validation pictures are easier than real operation, and a class that needs a higher one is
found too rarely to be useful."""


class TorchEngine:
    """A torch model in evaluation mode as an engine (computes in bfloat16, returns float32)."""

    file = "model.pt"

    def __init__(self, model: Any) -> None:  # noqa: ANN401 - untyped library
        self._model = model

    def infer(self, canvases: Iterable[Picture]) -> list[Head]:
        """Letterboxed BGR pictures (H, W, 3), sides multiples of 32 → a head for each, in their order."""
        import torch  # noqa: PLC0415 - torch only when training

        device = next(self._model.parameters()).device
        heads = []
        for canvas in canvases:
            rgb = np.ascontiguousarray(canvas[..., ::-1].transpose(2, 0, 1)[None])
            with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
                head = self._model(torch.from_numpy(rgb).to(device).float() / 255)[0]
            heads.append(np.asarray(head[0].float().cpu().numpy(), np.float32))
        return heads


def unfinished(imgsz: int, classes: tuple[str, ...] = CLASSES) -> ModelEntry:
    """Return the entry of a model that is still in training."""
    return ModelEntry(
        folder=Path(),
        name="training",
        version="0",
        imgsz=imgsz,
        classes=classes,
        thresholds={},
        sha256={},
        licence="",
        origin="",
    )


def evaluate(entry: ModelEntry, engine: Engine, split: Path) -> dict[str, Records]:
    """Return the records of every source in ``<split>/<source>/images`` that labels a class of the entry."""
    eye = DetectorEye(entry, engine)
    found = {}
    for folder in sorted(path.parent for path in split.glob("*/images")):
        known = {number: CLASSES[number] for number in labelled_in(folder) if CLASSES[number] in entry.classes}
        if known:
            found[folder.name] = collect(eye, folder, known)
    return found


def thresholds(
    validation: Mapping[str, Records], classes: Sequence[str] = CLASSES
) -> tuple[dict[str, float], list[str]]:
    """Return a threshold for every class, and the classes below `PRECISION` with it on validation pictures.

    A user's own pictures decide, all folders together; all public ones for classes that these do not have, and
    simulated ones only for those that no real source has. A class that does not reach the precision (or only with a
    recall below `RECALL`) gets the score with the best F1: it is then only a hint, for which recall matters, too.
    """
    chosen: dict[str, tuple[float, bool]] = {}
    own = _together(records for source, records in validation.items() if source.startswith(OWN))
    public = _together(
        records for source, records in validation.items() if not source.startswith(OWN) and source != SIMULATED
    )
    drawn = _together(records for source, records in validation.items() if source == SIMULATED)
    for tallies in (own, public, drawn):
        for name, tally in tallies.items():
            best = balanced(tally)
            if best is not None and name not in chosen:
                strict = threshold_for(tally, precision=PRECISION, recall=RECALL)
                chosen[name] = (best if strict is None else strict, strict is not None)
    scores = {name: round(min(max(chosen.get(name, (FALLBACK, False))[0], LEAST), MOST), 3) for name in classes}
    return scores, [name for name in classes if name not in chosen or not chosen[name][1]]


def _together(found: Iterable[Records]) -> dict[str, Tally]:
    """Return for each class the results of all records, from which thresholds are derived."""
    sums: dict[str, Tally] = {}
    for records in found:
        for name, tally in records.everything.items():
            total = sums.setdefault(name, Tally())
            total.scores += tally.scores
            total.hits += tally.hits
            total.true_sizes += tally.true_sizes
    return sums
