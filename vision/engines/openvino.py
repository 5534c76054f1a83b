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

    The frames of a batch run beside each other, one a stream: on a CPU that is twice as fast as one large
    batch, whose activations do not fit the caches (measured: 13 against 27 ms a frame at 512 on two cores).

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
        config: dict[str, str | int] = {"PERFORMANCE_HINT": "THROUGHPUT"}
        if threads:
            config["INFERENCE_NUM_THREADS"] = threads
        if cache is not None:
            config["CACHE_DIR"] = str(cache)
        model.reshape([1, 3, entry.imgsz, entry.imgsz])
        compiled = core.compile_model(_with_preprocessing(model), "CPU", config)
        self._queue = ov.AsyncInferQueue(compiled)

    def infer(self, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, S, S, 3) BGR bytes → (N, 4 + classes, anchors): centre, size in input pixels, class scores."""
        heads: list[NDArray[np.float32] | None] = [None] * len(squares)

        def keep(request: ov.InferRequest, place: int) -> None:
            heads[place] = np.array(request.get_output_tensor(0).data[0], np.float32)

        self._queue.set_callback(keep)
        for place in range(len(squares)):
            self._queue.start_async({0: squares[place : place + 1]}, place)
        self._queue.wait_all()
        return np.stack([head for head in heads if head is not None])


def _with_preprocessing(model: ov.Model) -> ov.Model:
    """The graph with its preprocessing inside: the squares go in as they are, BGR bytes."""
    steps = ov.preprocess.PrePostProcessor(model)
    tensor = steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    tensor.set_color_format(ov.preprocess.ColorFormat.BGR)
    steps.input().model().set_layout(ov.Layout("NCHW"))
    convert = steps.input().preprocess().convert_element_type(ov.Type.f32)
    convert.convert_color(ov.preprocess.ColorFormat.RGB).scale(255.0)
    return steps.build()
