"""Ultralytics' own runtimes (PyTorch on CUDA or CPU, TensorRT), for machines that have them: `mingchu[train]`."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.base.errors import Invalid, WeightsRefused
from models.catalogue.weights import ModelEntry
from vision.engines.unasked import nothing_done_unasked
from vision.judging.detections import Head
from vision.pictures.decode import Picture, in_square

BUILT: Final = "model.engine"
FILES: Final = (BUILT, "model.pt")
"""Files that this engine runs, best first: a TensorRT engine is built for one GPU, a checkpoint runs anywhere."""
MOST: Final = 32
"""Most pictures of one shape in a batch: more would need more memory and be no faster."""
NEEDS: Final = "install it with: pip install 'mingchu[train]'"
NEEDS_TENSORRT: Final = (
    "install it beside torch with: pip install 'tensorrt-cu13<11' (tensorrt-cu12 where torch is of CUDA 12)"
)


class UltralyticsEngine:
    """The engine for a catalogue entry's TensorRT engine or checkpoint.

    A checkpoint is a pickle, which can run any code while it loads: one is opened only if the entry names its
    sha256, which `vision.weights.shipped.load` has compared.

    Args:
        device: "cpu", "0" …; None = the first GPU, or the CPU if there is none.

    Raises:
        Invalid: ultralytics is not installed.
        WeightsRefused: the entry has no file for this engine, or a TensorRT engine for another machine, or without a
            GPU or TensorRT here.
    """

    def __init__(self, entry: ModelEntry, *, device: str | None = None) -> None:
        path = _listed(entry)
        self.file = path.name
        nothing_done_unasked()
        try:
            self._torch: Any = import_module("torch")
            backends = import_module("ultralytics.nn.autobackend")
        except ImportError as error:
            raise Invalid(f"the engine `ultralytics` is not installed; {NEEDS}") from error
        self._device = self._torch.device(device or ("cuda:0" if self._torch.cuda.is_available() else "cpu"))
        half = self._device.type == "cuda"
        built = path.name == BUILT
        if built and (lacking := tensorrt_lacks(gpu=half)):
            raise WeightsRefused(f"weights {entry.name}: {path} needs {lacking}")
        try:
            self._backend: Any = backends.AutoBackend(str(path), device=self._device, fp16=half, verbose=False)
        except (AttributeError, ImportError, RuntimeError) as error:
            if not built:
                raise
            raise WeightsRefused(
                f"weights {entry.name}: TensorRT does not open {path} ({error}); it is built for one GPU and one "
                "version of TensorRT: build it here with: mingchu model gpu --tensorrt"
            ) from error
        self._backend.eval()
        self._side = entry.imgsz
        self._any_shape = not built or bool(self._backend.dynamic)
        self._most = min(MOST, self._backend.batch) if built else MOST
        self._one_at_a_time = Lock()

    def infer(self, canvases: Iterable[Picture]) -> list[Head]:
        """Letterboxed BGR pictures (H, W, 3), sides multiples of 32 → a head for each, in their order."""
        fitting = [canvas if self._any_shape else in_square(canvas, self._side) for canvas in canvases]
        heads: dict[int, Head] = {}
        for places in _of_one_shape(fitting):
            for begin in range(0, len(places), self._most):
                few = places[begin : begin + self._most]
                heads.update(zip(few, self._run(np.stack([fitting[i] for i in few])), strict=True))
        return [heads[i] for i in range(len(fitting))]

    def _run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) BGR bytes → heads (N, 4 + classes, anchors)."""
        rgb = np.ascontiguousarray(batch[..., ::-1].transpose(0, 3, 1, 2))
        with self._one_at_a_time, self._torch.inference_mode():  # TensorRT returns every result in the same memory
            said = self._backend(self._torch.from_numpy(rgb).to(self._device).float() / 255)
            head = said[0] if isinstance(said, list | tuple) else said
            return np.asarray(head.float().cpu().numpy(), np.float32)


def tensorrt_lacks(*, gpu: bool) -> str | None:
    """Return what TensorRT needs and this machine lacks, as text; None if nothing. `gpu`: whether torch sees one."""
    if not gpu:
        return "a GPU, and torch sees none here (try: nvidia-smi)"
    return None if find_spec("tensorrt") else f"TensorRT, which is not installed; {NEEDS_TENSORRT}"


def _listed(entry: ModelEntry) -> Path:
    for name in FILES:
        if name in entry.sha256:
            return entry.folder / name
    raise WeightsRefused(
        f"weights {entry.name}: the engine `ultralytics` runs {' or '.join(FILES)} with a sha256 in the entry, "
        f"this one has {', '.join(sorted(entry.sha256))}; write one with: mingchu model gpu"
    )


def _of_one_shape(canvases: list[Picture]) -> Iterator[list[int]]:
    """Yield the indices of the pictures of each shape."""
    places: dict[tuple[int, ...], list[int]] = {}
    for i, canvas in enumerate(canvases):
        places.setdefault(canvas.shape, []).append(i)
    yield from places.values()
