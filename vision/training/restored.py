"""A checkpoint made out of shipped weights: to train on from them, and to run them with PyTorch.

The graph holds convolutions with their batch norm folded in. Unfolding them gives a network that says exactly the
same; for training, each norm also needs the mean and spread of what it is shown, which pictures tell.
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
"""The class branch's last convolution: its input is as wide as the branch."""
_SETTLED_ON: Final = 200
"""Pictures that tell the norms' mean and variance, before training moves them on."""


def restore(entry: ModelEntry, out: Path, *, pictures: Iterable[Path] = ()) -> Path:
    """Write the checkpoint `out` of a catalogue entry's graph; with `pictures` it may be trained on.

    Raises:
        WeightsRefused: the graph is no YOLO11n of the entry's classes.
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
    """Write the checkpoint `out` to train on from, settled on some of the training pictures of `data`."""
    pictures = sorted((data / "train").glob("*/images/*"))
    few = random.Random(seed).sample(pictures, min(_SETTLED_ON, len(pictures)))  # noqa: S311 - sampling
    return restore(entry, out, pictures=few)


def network(entry: ModelEntry) -> DetectionModel:
    """The entry's graph as a network in evaluation mode, in float32.

    Raises:
        WeightsRefused: the graph is no YOLO11n of the entry's classes.
    """
    found = {name: (weight, bias) for name, weight, bias in kernels(entry.folder / "model.xml")}
    last = found.get(_LAST)
    model = blank(DetectionModel, entry.classes, width=NARROWEST if last is None else last[0].shape[1])
    layers = dict(model.named_modules())
    wanted = {name for name, layer in layers.items() if isinstance(layer, torch.nn.Conv2d) and ".dfl" not in name}
    strange = sorted(name for name in wanted if name not in found or found[name][0].size != layers[name].weight.numel())
    if strange:
        raise WeightsRefused(f"weights {entry.name}: expected the graph of a YOLO11n, {strange[0]} is not like it")
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
    """Make a norm add `bias` and do nothing else."""
    norm.running_mean.zero_()
    norm.running_var.fill_(1.0)
    norm.weight.fill_((1.0 + norm.eps) ** 0.5)
    norm.bias.copy_(bias)


def settle(model: DetectionModel, pictures: Iterable[Path], *, imgsz: int) -> None:
    """Give each norm the mean and variance of what `pictures` show it; what the network says stays the same."""
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
