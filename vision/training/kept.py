"""What the start of a training knows and its data do not rehearse: its own answers are taught beside the labels.

New sources teach new things, and a network forgets the old ones that they don't label ("learning without forgetting",
Li and Hoiem, https://arxiv.org/abs/1606.09282). So the start, which itself does not change, answers each picture as it
is shown to the network, and its scores are the target

- of every class whose absence is unknown in a picture, in full;
- of every class that is known in a source of `LEARNT`, in part: the share `keep` of a plan.

Where it answers, its boxes are kept, too. It is never asked about `NOT_LEARNT`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch.nn.functional import kl_div, log_softmax
from ultralytics.nn.tasks import load_checkpoint

from models.base.errors import Invalid
from vision.training.classes import CLASSES

LEARNT: Final = frozenset(
    {
        "hairnet_kitchen",
        "face_mask",
        "cigarette_head",
        "garbage_bin",
        "fire_smoke",
        "cockroach",
        "gloves_workers",
        "rat_pet",
    }
)
"""Sources that version 0.3.2 had learnt from. What 0.4.0 says of the later ones is not taken for worth keeping: new
epochs are to teach them better."""
NOT_LEARNT: Final = ("cat", "dog")
"""Classes that the shipped weights have not learnt (`not_learnt` in their papers)."""
SURE: Final = 0.25
"""Least share × score of an answer whose box is kept."""
_SIDES: Final = 4


@dataclass(frozen=True, slots=True)
class Answers:
    """What the start says of a batch of B pictures with A anchors each.

    Attributes:
        scores: probability of each class, float (B, A, C).
        sides: logarithm of the distribution of each side of each box, float (B, A, 4, bins).
        unlabelled: share of the answer where a class is unknown, float (C,): 1, or 0 for what it has not learnt.
        labelled: share of the answer where it is known, float (B, C).
    """

    scores: torch.Tensor
    sides: torch.Tensor
    unlabelled: torch.Tensor
    labelled: torch.Tensor

    def share(self, known: torch.Tensor) -> torch.Tensor:
        """Return how much the answers count, float (B, A, C); ``known``: bool of the same or a broadcastable shape."""
        return torch.where(known, self.labelled[:, None, :], self.unlabelled)


class Start:
    """The unchanging network with which training began."""

    def __init__(self, checkpoint: Path, *, keep: float, device: torch.device) -> None:
        """Open a trusted checkpoint.

        Raises:
            Invalid: it has other classes, so that its answers mean something else.
        """
        model = load_checkpoint(str(checkpoint))[0].float()
        if tuple(model.names.values()) != CLASSES:
            raise Invalid(f"{checkpoint}: --keep needs a start with the detector's own classes, {', '.join(CLASSES)}")
        self._model = model.to(device).to(memory_format=torch.channels_last).eval().requires_grad_(requires_grad=False)
        self._model.model[-1].training = True  # the head alone: it then returns scores and sides before decoding
        self._keep = keep
        self._unlabelled = torch.tensor([float(name not in NOT_LEARNT) for name in CLASSES]).to(device)

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def answers(self, pictures: torch.Tensor, sources: Sequence[str]) -> Answers:
        """Return the answers for pictures, float (B, 3, S, S), of these sources."""
        with torch.autocast(pictures.device.type, torch.bfloat16):
            said: dict[str, Any] = self._model(pictures)
        part = torch.tensor([self._keep if name in LEARNT else 0.0 for name in sources]).to(pictures.device)
        return Answers(
            scores=said["scores"].float().sigmoid().permute(0, 2, 1).contiguous(),
            sides=sides(said["boxes"].float()),
            unlabelled=self._unlabelled,
            labelled=part[:, None] * self._unlabelled,
        )


def sides(boxes: torch.Tensor) -> torch.Tensor:
    """Return the logarithm of the distributions (B, A, 4, bins) of a head's raw output (B, 4 * bins, A)."""
    batch, channels, anchors = boxes.shape
    return log_softmax(boxes.view(batch, _SIDES, channels // _SIDES, anchors).permute(0, 3, 1, 2), dim=-1)


def strayed(boxes: torch.Tensor, answers: Answers, known: torch.Tensor) -> torch.Tensor:
    """Return how far boxes (B, 4 * bins, A) are from those of the start where it is sure, a mean over these anchors.

    ``known`` is a bool tensor (B, C). The mean is weighted by the start's score; 0 where it is sure of nothing.
    """
    weight = (answers.share(known[:, None, :]) * answers.scores).amax(dim=-1)
    weight = weight * (weight >= SURE)
    apart = kl_div(sides(boxes), answers.sides, reduction="none", log_target=True).sum(dim=-1).mean(dim=-1)
    return (weight * apart).sum() / weight.sum().clamp_min(1.0)
