"""Which runtime runs the weights."""

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

    Without a `precision` OpenVINO tests all of them once where there is a `cache` to remember the result.
    """
    if name == "ultralytics":
        from vision.engines.ultralytics import UltralyticsEngine  # noqa: PLC0415 - an extra that few install

        return UltralyticsEngine(entry)
    from vision.engines.openvino import OpenVinoEngine, open_engine  # noqa: PLC0415 - the other one may be wanted

    if cache is None or precision is not None:
        return OpenVinoEngine(entry, threads=threads, cache=cache, precision=precision)
    return open_engine(entry, threads=threads, cache=cache)[0]
