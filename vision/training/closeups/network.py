"""The network of the second look: the detector's first layers, and a small classifier on their mean and maximum.

The detector's own layers are a better start than random ones, because crops are few.
"""

from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from models.catalogue.weights import ModelEntry
from vision.judging.attributes import ATTRIBUTES, VALUES
from vision.training.restored import network, settle

LAYERS: Final = 7
"""Number of the detector's first layers that are taken over: up to 128 channels at a 16th of the input's side."""
_CHANNELS: Final = 128
_BOX: Final = 4


class CloseUpNetwork(nn.Module):  # type: ignore[misc]
    """Pictures (N, 3, S, S), RGB from 0 to 1 → logits (N, values), see `VALUES`."""

    def __init__(self, layers: nn.Sequential) -> None:
        super().__init__()
        self.layers = layers
        self.drop = nn.Dropout(0.3)
        self.values = nn.Linear(2 * _CHANNELS, len(VALUES))

    @classmethod
    def of(cls, entry: ModelEntry, pictures: list[Path]) -> "CloseUpNetwork":
        """Return a network that starts from a detector's weights; its norms are measured on some pictures."""
        model = network(entry)
        settle(model, pictures, imgsz=entry.imgsz)
        return cls(nn.Sequential(*list(model.model)[:LAYERS]))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return the logits."""
        seen = self.layers(pictures)
        return self.values(self.drop(torch.cat([seen.mean(dim=(2, 3)), seen.amax(dim=(2, 3))], dim=1)))


class Answering(nn.Module):  # type: ignore[misc]
    """The network in the form of a detector's graph: (N, 4 + values, 1), a box without meaning, then probabilities.

    So the second look runs on the same engines, with the same catalogue entry and checks as the first.
    """

    def __init__(self, network: CloseUpNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return the probabilities of every attribute's values."""
        logits = self.network(pictures)
        parts = torch.split(logits, [len(values) for values in ATTRIBUTES.values()], dim=1)
        shares = torch.cat([part.softmax(dim=1) for part in parts], dim=1)
        box = torch.zeros_like(shares[:, :1]).expand(-1, _BOX)
        return torch.cat([box, shares], dim=1).unsqueeze(2)


def to_openvino(network: CloseUpNetwork, out: Path, *, side: int) -> Path:
    """Write ``out/model.xml`` and ``model.bin`` with 16-bit weights: images (N, 3, side, side) → (N, 4 + values, 1)."""
    openvino = import_module("openvino")
    model: Any = Answering(network.float().eval())
    graph = openvino.convert_model(model, example_input=torch.zeros(1, 3, side, side))
    graph.reshape([-1, 3, side, side])
    graph.inputs[0].get_tensor().set_names({"images"})
    out.mkdir(parents=True, exist_ok=True)
    openvino.save_model(graph, str(out / "model.xml"), compress_to_fp16=True)
    return out / "model.xml"


def shares_of(network: CloseUpNetwork, pictures: np.ndarray) -> np.ndarray:
    """Return the probabilities (N, values) for crops (N, S, S, 3) in BGR bytes."""
    model = Answering(network.eval())
    found = []
    with torch.inference_mode():
        for start in range(0, len(pictures), 256):
            part = pictures[start : start + 256, ..., ::-1].transpose(0, 3, 1, 2)
            found.append(model(torch.from_numpy(np.ascontiguousarray(part)).float() / 255)[:, _BOX:, 0].numpy())
    return np.concatenate(found)
