"""OpenVINO on the CPU."""

from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from models.catalogue import ModelEntry
from models.errors import WeightsRefused

_EXTRA_CHANNELS = 4


class OpenVinoEngine:
    """One compiled model of one process.

    Args:
        threads: inference threads; 0 leaves it to OpenVINO.
        cache: folder for compiled blobs, which makes the next start faster.
    """

    def __init__(self, entry: ModelEntry, *, threads: int = 0, cache: Path | None = None) -> None:
        core = ov.Core()
        model = core.read_model(entry.folder / "model.xml")
        channels = model.output(0).get_partial_shape()[1]
        if channels.is_dynamic or channels.get_length() != len(entry.classes) + _EXTRA_CHANNELS:
            raise WeightsRefused(f"weights {entry.name}: {channels} output channels, {len(entry.classes)} classes")
        config: dict[str, str | int] = {"PERFORMANCE_HINT": "LATENCY"}
        if threads:
            config["INFERENCE_NUM_THREADS"] = threads
        if cache is not None:
            config["CACHE_DIR"] = str(cache)
        model.reshape([-1, 3, entry.imgsz, entry.imgsz])
        # Preprocessing in the graph: the squares go in as they are, BGR bytes.
        steps = ov.preprocess.PrePostProcessor(model)
        steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC")).set_color_format(
            ov.preprocess.ColorFormat.BGR
        )
        steps.input().model().set_layout(ov.Layout("NCHW"))
        steps.input().preprocess().convert_element_type(ov.Type.f32).convert_color(ov.preprocess.ColorFormat.RGB).scale(
            255.0
        )
        self._compiled = core.compile_model(steps.build(), "CPU", config)

    def infer(self, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, S, S, 3) BGR bytes → (N, 4 + classes, anchors): centre, size in input pixels, class scores."""
        result = self._compiled(squares)[self._compiled.output(0)]
        return np.asarray(result, np.float32)
