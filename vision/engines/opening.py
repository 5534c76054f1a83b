"""Choose the runtime for the weights."""

from pathlib import Path

from models.catalogue.weights import EngineName, ModelEntry, Precision
from vision.engines.detector import Engine


def open_named(
    name: EngineName,
    entry: ModelEntry,
    *,
    threads: int = 0,
    cache: Path | None = None,
    precision: Precision | None = None,
) -> Engine:
    """Open an engine by name.

    Without a `precision`, OpenVINO tests all precisions once if there is a `cache` for the result.
    """
    if name == "ultralytics":
        from vision.engines.ultralytics import UltralyticsEngine  # noqa: PLC0415 - an optional extra

        return UltralyticsEngine(entry)
    from vision.engines.openvino import OpenVinoEngine, open_engine  # noqa: PLC0415 - import only the chosen engine

    if cache is None or precision is not None:
        return OpenVinoEngine(entry, threads=threads, cache=cache, precision=precision)
    return open_engine(entry, threads=threads, cache=cache)[0]
