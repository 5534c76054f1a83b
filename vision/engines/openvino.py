"""OpenVINO on the CPU."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import openvino as ov

from models.base.errors import WeightsRefused
from models.catalogue.weights import ModelEntry, Precision
from vision.engines.precision import Measurements, SelfTest, drawn, tolerance_of
from vision.judging.detections import Head
from vision.pictures.decode import Picture, in_square

_EXTRA_CHANNELS = 4
INT8_GRAPH = "model_int8.xml"
_MOST_SHAPES = 6
"""Most compiled input shapes besides the square: each takes memory, and cameras have few shapes."""
_DEVICE = "CPU"
_PRECISIONS: dict[str, Precision] = {"BF16": "bf16", "FP16": "f16", "INT8": "int8"}
"""OpenVINO's name of a CPU's fast precision → our name, which is the hint, too, except for int8; f32 always runs."""


class OpenVinoEngine:
    """One model of one process, compiled once for each picture shape that occurs.

    The frames of a batch run in parallel, one per stream: on a CPU that is twice as fast as one large
    batch, whose activations do not fit into the caches. A 16:9 picture takes 0.6 of the time of a square one.

    Args:
        threads: inference threads; 0 leaves it to OpenVINO.
        cache: folder for compiled blobs, which makes the next start faster.
        precision: None leaves it to OpenVINO (bf16 if the CPU has it); `open_engine` measures instead. int8 has a
            separate graph, calibrated when the weights were exported.

    Raises:
        WeightsRefused: the graph has other classes, or int8 is requested but the weights have no such graph.
    """

    def __init__(
        self, entry: ModelEntry, *, threads: int = 0, cache: Path | None = None, precision: Precision | None = None
    ) -> None:
        if precision == "int8" and not _has_int8(entry):
            raise WeightsRefused(f"weights {entry.name}: no {INT8_GRAPH}; write one with: mingchu model export --int8")
        self._core, self._side = ov.Core(), entry.imgsz
        self._path = entry.folder / (INT8_GRAPH if precision == "int8" else "model.xml")
        model = self._core.read_model(self._path)
        channels = model.output(0).get_partial_shape()[1]
        if channels.is_dynamic or channels.get_length() != len(entry.classes) + _EXTRA_CHANNELS:
            raise WeightsRefused(f"weights {entry.name}: {channels} output channels, {len(entry.classes)} classes")
        self.file = self._path.with_suffix(".bin").name
        self._any_shape = model.input(0).get_partial_shape()[2].is_dynamic
        self._config: dict[str, str | int] = {"PERFORMANCE_HINT": "THROUGHPUT"}
        if threads:
            self._config["INFERENCE_NUM_THREADS"] = threads
        if cache is not None:
            self._config["CACHE_DIR"] = str(cache)
        if precision not in {None, "int8"}:
            self._config["INFERENCE_PRECISION_HINT"] = precision
        self._queues: dict[tuple[int, int], ov.AsyncInferQueue] = {}

    def infer(self, canvases: Iterable[Picture]) -> list[Head]:
        """Letterboxed BGR pictures (H, W, 3), sides multiples of 32 → a head for each, in their order.

        Each runs as soon as it is ready, while the next one is prepared.
        """
        heads: list[Head] = []
        for canvas in canvases:
            fitting = canvas if self._takes(canvas.shape[:2]) else in_square(canvas, self._side)
            heads.append(np.empty((0, 0), np.float32))
            self._queue(fitting.shape[:2]).start_async({0: fitting[None]}, (heads, len(heads) - 1))
        for queue in self._queues.values():
            queue.wait_all()
        return heads

    def _takes(self, shape: tuple[int, ...]) -> bool:
        """Return whether a shape has or may have its own compiled graph; other shapes use the square one."""
        return shape in self._queues or (self._any_shape and len(self._queues) < _MOST_SHAPES)

    def _queue(self, shape: tuple[int, ...]) -> ov.AsyncInferQueue:
        height, width = shape
        if (height, width) not in self._queues:
            model = self._core.read_model(self._path)
            model.reshape([1, 3, height, width])
            compiled = self._core.compile_model(_with_preprocessing(model), _DEVICE, self._config)
            queue = ov.AsyncInferQueue(compiled)
            queue.set_callback(_keep)
            self._queues[height, width] = queue
        return self._queues[height, width]


def _has_int8(entry: ModelEntry) -> bool:
    return INT8_GRAPH in entry.sha256


def _keep(request: ov.InferRequest, where: tuple[list[Head], int]) -> None:
    heads, place = where
    heads[place] = np.array(request.get_output_tensor(0).data[0], np.float32)


def open_engine(entry: ModelEntry, *, threads: int = 0, cache: Path) -> tuple[OpenVinoEngine, Measurements]:
    """Return an engine at the fastest precision of a self-test on this machine; `cache` stores the result."""
    core = ov.Core()
    able = core.get_property(_DEVICE, "OPTIMIZATION_CAPABILITIES")
    test = SelfTest(
        build=lambda precision: OpenVinoEngine(entry, threads=threads, precision=precision),
        pictures=lambda: drawn(entry.imgsz),
        side=entry.imgsz,
        candidates=tuple(
            precision
            for name, precision in _PRECISIONS.items()
            if name in able and (precision != "int8" or _has_int8(entry))
        ),
        tolerance=tolerance_of(entry.int8_difference),
    )
    machine = [core.get_property(_DEVICE, "FULL_DEVICE_NAME"), *sorted(able), ov.get_version(), f"threads {threads}"]
    report = test.remembered(cache, key="\n".join([*machine, *sorted(entry.sha256.values())]))
    return OpenVinoEngine(entry, threads=threads, cache=cache, precision=report.precision), report


def _with_preprocessing(model: ov.Model) -> ov.Model:
    """Return the graph with preprocessing, so that its input is pictures in BGR bytes."""
    steps = ov.preprocess.PrePostProcessor(model)
    tensor = steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    tensor.set_color_format(ov.preprocess.ColorFormat.BGR)
    steps.input().model().set_layout(ov.Layout("NCHW"))
    convert = steps.input().preprocess().convert_element_type(ov.Type.f32)
    convert.convert_color(ov.preprocess.ColorFormat.RGB).scale(255.0)
    return steps.build()
