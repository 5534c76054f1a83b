"""The masked loss: a missing label means absence only if the source labels that class."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import torch
from torch.nn.functional import binary_cross_entropy_with_logits
from ultralytics.nn.tasks import DetectionModel
from ultralytics.utils.loss import v8DetectionLoss

NARROWEST: Final = 64
"""Channels of a YOLO11n's class branch with few classes; that of COCO has 80."""
Model = TypeVar("Model", bound=DetectionModel)


class MaskedDetectionLoss(v8DetectionLoss):  # type: ignore[misc]
    """YOLO's detection loss without the class term where the truth is unknown.

    The batch has ``class_mask``, a bool tensor (B, C): True if a missing label of class c in picture b
    means that it is absent. An anchor that is assigned to a box of class c always keeps its class term.
    """

    def __init__(self, model: DetectionModel) -> None:
        super().__init__(model)
        self.bce = self._masked_bce
        self._labelled = torch.ones(1, self.nc, dtype=torch.bool)

    def loss(
        self, preds: dict[str, torch.Tensor], batch: dict[str, Any]
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Return the loss of a batch, see `v8DetectionLoss.loss`."""
        self._labelled = batch["class_mask"]
        result: tuple[torch.Tensor, dict[str, torch.Tensor]] = super().loss(preds, batch)
        return result

    def _masked_bce(self, scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return the class loss (B, anchors, C), zero where the truth is unknown."""
        known = self._labelled[:, None, :] | (targets > 0)
        return binary_cross_entropy_with_logits(scores, targets, reduction="none") * known


class MaskedDetectionModel(DetectionModel):  # type: ignore[misc]
    """YOLO11 with the masked loss; on a CPU it trains in bfloat16 (2.4 times faster with AMX)."""

    def init_criterion(self) -> MaskedDetectionLoss:
        """Return the loss that `loss` uses."""
        return MaskedDetectionLoss(self)

    def loss(
        self, batch: dict[str, Any], preds: dict[str, torch.Tensor] | None = None
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Return the loss of a batch: forward pass in bfloat16, the loss itself in float32."""
        if getattr(self, "criterion", None) is None:
            self.criterion = self.init_criterion()
        if preds is None:
            with torch.autocast(batch["img"].device.type, torch.bfloat16):
                preds = self.forward(batch["img"])
            preds = {
                "boxes": preds["boxes"].float(),
                "scores": preds["scores"].float(),
                "feats": preds["feats"],
            }
        result: tuple[torch.Tensor, dict[str, torch.Tensor]] = self.criterion(preds, batch)
        return result


def blank(kind: type[Model], classes: Sequence[str], *, width: int = NARROWEST) -> Model:
    """Return an untrained YOLO11n with these classes and `width` channels in its class branch.

    The library would make the branch as wide as the number of classes, and so lose what a wider start has learnt.
    """
    model: Model = kind("yolo11n.yaml", nc=max(width, len(classes)), verbose=False)
    head = model.model[-1]
    head.nc, head.no = len(classes), len(classes) + 4 * head.reg_max
    for branch in head.cv3:
        branch[-1] = torch.nn.Conv2d(branch[-1].in_channels, len(classes), 1)
    head.bias_init()
    model.yaml["nc"], model.nc, model.names = len(classes), len(classes), dict(enumerate(classes))
    return model
