"""The masked loss: a missing label means absence only if the source labels that class."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import torch
from torch.nn.functional import binary_cross_entropy_with_logits
from ultralytics.nn.tasks import DetectionModel
from ultralytics.utils.loss import v8DetectionLoss

from vision.training.kept import Answers, strayed

NARROWEST: Final = 64
"""Channels of a YOLO11n's class branch with few classes; that of COCO has 80."""
_SIDES: Final = 2
"""Index of the term of the sides' distributions in the library's loss (box, class, sides)."""
Model = TypeVar("Model", bound=DetectionModel)


class MaskedDetectionLoss(v8DetectionLoss):  # type: ignore[misc]
    """YOLO's detection loss without the class term where the truth is unknown.

    The batch has ``class_mask``, a bool tensor (B, C): True if a missing label of class c in picture b
    means that it is absent. An anchor that is assigned to a box of class c always keeps its class term.

    A batch may also have ``kept``, the answers of the start (`vision.training.kept`): they are the target where the
    truth is unknown, and a part of it where they say so.
    """

    def __init__(self, model: DetectionModel) -> None:
        super().__init__(model)
        self.bce = self._masked_bce
        self._labelled = torch.ones(1, self.nc, dtype=torch.bool)
        self._kept: Answers | None = None

    def loss(
        self, preds: dict[str, torch.Tensor], batch: dict[str, Any]
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Return the loss of a batch, see `v8DetectionLoss.loss`."""
        self._labelled, self._kept = batch["class_mask"], batch.get("kept")
        result: tuple[torch.Tensor, dict[str, torch.Tensor]] = super().loss(preds, batch)
        if self._kept is not None:
            boxes = preds["boxes"]
            result[0][_SIDES] += self.hyp.dfl * boxes.shape[0] * strayed(boxes, self._kept, self._labelled)
        return result

    def _masked_bce(self, scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return the class loss (B, anchors, C), zero where the truth is unknown and no start answers."""
        known = self._labelled[:, None, :] | (targets > 0)
        if self._kept is None:
            return binary_cross_entropy_with_logits(scores, targets, reduction="none") * known
        share = self._kept.share(known)
        aims = torch.lerp(targets, self._kept.scores, share)
        return binary_cross_entropy_with_logits(scores, aims, reduction="none") * (known | (share > 0))


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
