"""Make a checkpoint from shipped weights, to continue training, and to run them with PyTorch.

In the graph, convolutions contain their batch norm. Separating them results in a network with exactly the same
output; for training, each norm also needs mean and variance of its input, which are measured on pictures.
"""

import random
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from ultralytics.nn.modules.conv import Conv
from ultralytics.nn.tasks import DetectionModel

from models.base.errors import WeightsRefused
from models.catalogue.weights import ModelEntry
from vision.engines.graph import kernels
from vision.pictures.decode import STRIDE, letterbox, read_picture
from vision.training.loss import NARROWEST, blank

_LAST: Final = "model.23.cv3.0.2"
"""The class branch's last convolution; its input has the width of the branch."""
_SETTLED_ON: Final = 200
"""Number of pictures for measuring the norms' mean and variance; training adapts them further."""


def restore(entry: ModelEntry, out: Path, *, pictures: Iterable[Path] = ()) -> Path:
    """Write the checkpoint `out` from a catalogue entry's graph and return it; `pictures` make it trainable.

    Raises:
        WeightsRefused: the graph is not a YOLO11n with the entry's classes.
    """
    model = network(entry)
    settle(model, pictures, imgsz=entry.imgsz)
    out.parent.mkdir(parents=True, exist_ok=True)
    about = {"task": "detect", "imgsz": entry.imgsz, "model": "yolo11n.yaml", "data": None, "single_cls": False}
    torch.save(
        {"epoch": -1, "model": model, "ema": None, "train_args": about, "date": datetime.now(UTC).isoformat()}, out
    )
    return out


def start(entry: ModelEntry, data: Path, out: Path, *, seed: int) -> Path:
    """Write the checkpoint `out` as a start of training, with norms measured on some training pictures of `data`."""
    pictures = sorted((data / "train").glob("*/images/*"))
    few = random.Random(seed).sample(pictures, min(_SETTLED_ON, len(pictures)))  # noqa: S311 - sampling
    return restore(entry, out, pictures=few)


def network(entry: ModelEntry) -> DetectionModel:
    """Return the entry's graph as a network in evaluation mode, in float32.

    Raises:
        WeightsRefused: the graph is not a YOLO11n with the entry's classes.
    """
    found = {name: (weight, bias) for name, weight, bias in kernels(entry.folder / "model.xml")}
    last = found.get(_LAST)
    model = blank(DetectionModel, entry.classes, width=NARROWEST if last is None else last[0].shape[1])
    layers = dict(model.named_modules())
    wanted = {name for name, layer in layers.items() if isinstance(layer, torch.nn.Conv2d) and ".dfl" not in name}
    strange = sorted(name for name in wanted if name not in found or found[name][0].size != layers[name].weight.numel())
    if strange:
        raise WeightsRefused(f"weights {entry.name}: expected the graph of a YOLO11n, but {strange[0]} does not fit")
    with torch.no_grad():
        for name in wanted:
            weight, bias = found[name]
            layers[name].weight.copy_(torch.from_numpy(weight).reshape(layers[name].weight.shape))
            outer = layers[name.rpartition(".")[0]]
            if isinstance(outer, Conv):
                _shift(outer.bn, torch.from_numpy(bias))
            else:
                layers[name].bias.copy_(torch.from_numpy(bias))
    return model.eval()


def _shift(norm: torch.nn.BatchNorm2d, bias: torch.Tensor) -> None:
    """Make a norm that only adds `bias`."""
    norm.running_mean.zero_()
    norm.running_var.fill_(1.0)
    norm.weight.fill_((1.0 + norm.eps) ** 0.5)
    norm.bias.copy_(bias)


def settle(model: DetectionModel, pictures: Iterable[Path], *, imgsz: int) -> None:
    """Set each norm's mean and variance to those of its input on `pictures`; the network's output does not change."""
    sums: dict[Conv, tuple[torch.Tensor, torch.Tensor]] = {}
    seen = 0

    def measure(conv: torch.nn.Module, _: Any, shown: torch.Tensor) -> None:  # noqa: ANN401 - a hook
        values = shown.detach().double()
        now = values.mean(dim=(0, 2, 3)), values.square().mean(dim=(0, 2, 3))
        layer = owners[conv]
        before = sums.get(layer)
        sums[layer] = now if before is None else (before[0] + now[0], before[1] + now[1])

    layers = [layer for layer in model.modules() if isinstance(layer, Conv)]
    owners = {layer.conv: layer for layer in layers}
    hooks = [layer.conv.register_forward_hook(measure) for layer in layers]
    with torch.inference_mode():
        for path in pictures:
            canvas = letterbox(read_picture(path, long_side=imgsz), imgsz, stride=STRIDE)[0]
            model(torch.from_numpy(np.ascontiguousarray(canvas[..., ::-1].transpose(2, 0, 1)[None])).float() / 255)
            seen += 1
    for hook in hooks:
        hook.remove()
    with torch.no_grad():
        for layer, (total, squares) in sums.items():
            norm, mean = layer.bn, total / seen
            variance = (squares / seen - mean.square()).clamp_min(0)
            scale = norm.weight / (norm.running_var + norm.eps).sqrt()
            norm.bias.add_(scale * (mean - norm.running_mean))
            norm.weight.copy_(scale * (variance + norm.eps).sqrt())
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
