"""Read the convolutions of an exported graph, to rebuild its network."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

_KERNELS = ("Convolution", "GroupConvolution")
Values = NDArray[np.float32]


def kernels(graph: Path) -> Iterator[tuple[str, Values, Values]]:
    """Yield every convolution with a bias: its name in the original network, its weights, its bias (C,)."""
    for node in ov.Core().read_model(graph).get_ordered_ops():
        if node.get_type_name() not in _KERNELS:
            continue
        users = [port.get_node() for port in node.output(0).get_target_inputs()]
        if len(users) == 1 and users[0].get_type_name() == "Add":
            yield _name(node.get_friendly_name()), _constant(node), _constant(users[0]).reshape(-1)


def _name(path: str) -> str:
    """Return the network's name of ``/model.23/cv3.0/cv3.0.2/Conv/WithoutBiases``: ``model.23.cv3.0.2``."""
    parts = path.strip("/").split("/")[:-2]
    return ".".join(a for a, b in zip(parts, [*parts[1:], ""], strict=True) if not b.startswith(f"{a}."))


def _constant(node: Any) -> Values:  # noqa: ANN401 - untyped library
    """Return the constant of a node's second input, which the graph stores as fp16 and converts or reshapes."""
    source = node.input_value(1).get_node()
    while source.get_type_name() != "Constant":
        source = source.input_value(0).get_node()
    return np.asarray(source.get_data(), np.float32)
