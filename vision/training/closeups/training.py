"""Train the second look on crops: each attribute's loss counts only where its truth is known."""

import math
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from vision.closeups.crops import fitted
from vision.judging.attributes import ATTRIBUTES
from vision.training.closeups.cutting import Crop
from vision.training.closeups.looks import changed
from vision.training.closeups.network import CloseUpNetwork, shares_of

BATCH: Final = 96
SURE: Final = 0.8
"""Probability from which an answer counts in the figures; below it the answer is "unknown"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeFigures:
    """Answers about one value of an attribute.

    Attributes:
        crops: number of crops that show it.
        right: share that was answered with it for sure (from `SURE`).
        wrong: share that was answered with another value for sure; the rest is unknown.
    """

    crops: int
    right: float
    wrong: float


def train(
    network: CloseUpNetwork,
    crops: Sequence[Crop],
    *,
    epochs: int,
    each: int,
    lr: float,
    seed: int,
    after: Callable[[int, float], None] = lambda _epoch, _loss: None,
) -> CloseUpNetwork:
    """Train in place and return the moving average of the weights.

    Args:
        network: starts from the detector's layers.
        crops: of all sources; values and sources are sampled evenly, with the square root of their number.
        epochs: number of passes.
        each: crops of a pass.
        lr: highest learning rate; it falls to nothing along a cosine.
        seed: of sampling and changes.
        after: is called with the number of each pass and its mean loss.
    """
    rng = random.Random(seed)  # noqa: S311 - sampling
    torch.manual_seed(seed)
    weights = sampling(crops)
    optimizer = torch.optim.AdamW(network.parameters(), lr=lr, weight_decay=0.02)
    averaged = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.99), use_buffers=True
    )
    steps = max(each // BATCH, 1)
    network.to(memory_format=torch.channels_last)
    for epoch in range(epochs):
        network.train()
        total = 0.0
        for step in range(steps):
            done = (epoch * steps + step) / (epochs * steps)
            for group in optimizer.param_groups:
                group["lr"] = lr * min(1.0, done * 20 + 0.02) * 0.5 * (1 + math.cos(math.pi * done))
            batch = rng.choices(crops, weights=weights, k=BATCH)
            pictures = np.stack([changed(crop.picture, rng) for crop in batch])[..., ::-1].transpose(0, 3, 1, 2)
            shown = torch.from_numpy(np.ascontiguousarray(pictures)).float() / 255
            with torch.autocast("cpu", torch.bfloat16):
                logits = network(shown.contiguous(memory_format=torch.channels_last))
            loss = masked_loss(logits.float(), torch.tensor([crop.truth for crop in batch]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            averaged.update_parameters(network)
            total += float(loss.detach())
        after(epoch, total / steps)
    best: CloseUpNetwork = averaged.module.eval()
    return best


def masked_loss(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Return the loss of logits (N, values) against truths (N, attributes), without those that are -1."""
    parts = torch.split(logits, [len(values) for values in ATTRIBUTES.values()], dim=1)
    losses = [
        cross_entropy(part, truth[:, i], ignore_index=-1, label_smoothing=0.02)
        for i, part in enumerate(parts)
        if bool((truth[:, i] >= 0).any())
    ]
    return torch.stack(losses).sum()


def sampling(crops: Sequence[Crop]) -> list[float]:
    """Return a weight for each crop, so that rare values and sources are seen often enough to be learnt."""
    kinds = [(crop.asked, crop.truth[list(ATTRIBUTES).index(crop.asked)], crop.source) for crop in crops]
    counts: dict[tuple[str, int, str], int] = defaultdict(int)
    for kind in kinds:
        counts[kind] += 1
    return [1 / math.sqrt(counts[kind]) for kind in kinds]


def figures(network: CloseUpNetwork, crops: Sequence[Crop]) -> dict[str, dict[str, Any]]:
    """Return source → value → figures, of the attribute that each crop was cut for."""
    shares = shares_of(network, np.stack([fitted(crop.picture) for crop in crops]))
    found: dict[str, dict[str, list[tuple[bool, bool]]]] = defaultdict(lambda: defaultdict(list))
    for crop, share in zip(crops, shares, strict=True):
        values, own = _asked(share, crop.asked)
        truth = crop.truth[list(ATTRIBUTES).index(crop.asked)]
        if truth >= 0:
            best = int(own.argmax())
            sure = bool(own[best] >= SURE)
            found[crop.source][values[truth]].append((sure and best == truth, sure and best != truth))
    return {
        source: {name: asdict(_figures(answers)) for name, answers in sorted(of.items())}
        for source, of in sorted(found.items())
    }


def _figures(answers: Sequence[tuple[bool, bool]]) -> AttributeFigures:
    right, wrong = (sum(answer[i] for answer in answers) / len(answers) for i in (0, 1))
    return AttributeFigures(crops=len(answers), right=round(right, 3), wrong=round(wrong, 3))


def _asked(share: NDArray[np.float32], attribute: str) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """Return an attribute's values and their probabilities, from those of all attributes (values,)."""
    start = 0
    for name, values in ATTRIBUTES.items():
        if name == attribute:
            return values, share[start : start + len(values)]
        start += len(values)
    raise KeyError(attribute)
