"""Training pictures: a quota per source and epoch, mosaics within one source, and shrunken close-ups."""

import random
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from ultralytics.data.augment import Compose, Mosaic
from ultralytics.data.dataset import YOLODataset

from vision.training.classes import (
    CLASS_ID,
    CLASSES,
    PASTED,
    SIMULATED,
    TEACHER_CLASSES,
    absent_in,
    labelled_in,
    looked_at,
)
from vision.training.looks import LOOKS, dressed

CLOSE_UPS: Final[Mapping[str, tuple[float, int, int]]] = {
    "face_mask": (0.4, 36, 190),
    "cigarette_head": (0.25, 110, 330),
    "gloves_workers": (0.25, 110, 330),
    "chef_heads": (0.5, 90, 320),
    "cigarette_wide": (0.25, 170, 420),
    "pets_oxford": (0.5, 40, 230),
    "phone_in_hand": (0.3, 130, 420),
    "stove_flames": (0.5, 60, 260),
}
"""Source → (probability, smallest and largest side in px) of being pasted small: in kitchen cameras heads have
15–60 px and hands 10–40 px, in these sources more of the picture."""
MOSAIC_SHARE: Final[Mapping[str, float]] = {
    SIMULATED: 0.35,
    PASTED: 0.35,
    "hairnet_kitchen": 0.7,
    "cigarette_head": 0.5,
}
"""Source → share of the general mosaic probability: camera pictures already show objects at realistic sizes."""
BACKDROPS: Final = ("garbage_bin", "fire_smoke")
"""Sources almost without people, so that backgrounds add no unlabelled faces."""
ROOMS: Final = ("hairnet_kitchen", SIMULATED)
"""Backgrounds with people, real and drawn kitchens, whose labels stay."""
IN_ROOMS: Final = frozenset({"chef_heads", "pets_oxford", "stove_flames"})
"""Sources that are pasted into `ROOMS`, beside what is labelled there; the others are pasted on `BACKDROPS`."""

_THINNEST: Final = 2.0
"""Side in px below which a box at the edge is dropped after a rotation."""


def class_mask(labelled: Collection[int], unsure: Sequence[int] | None) -> NDArray[np.bool_]:
    """Return the meaning of a missing label in one picture: bool (C,), True = class absent, False = unknown.

    A teacher also looked for its classes, except those it was `unsure` of; None = no teacher has looked.
    """
    known = np.zeros(len(CLASSES), dtype=np.bool_)
    known[list(labelled)] = True
    if unsure is not None:
        known[[CLASS_ID[name] for name in TEACHER_CLASSES.values()]] = True
        known[list(unsure)] = False
    return known


def source_of(image: str) -> str:
    """Return the source name of a prepared picture (``…/<source>/images/<file>``)."""
    return Path(image).parent.parent.name


class SourceMosaic(Mosaic):  # type: ignore[misc]
    """A mosaic of four pictures of one source, so that all four have the same unknown classes."""

    def __call__(self, labels: dict[str, Any]) -> dict[str, Any]:
        """Apply the mosaic with the probability of the picture's source."""
        self.source = source_of(labels["im_file"])
        if random.random() > MOSAIC_SHARE.get(self.source, 1.0):  # noqa: S311 - augmentation
            return labels
        result: dict[str, Any] = super().__call__(labels)
        return result

    def get_indexes(self) -> list[int]:
        """Return three more pictures of the same source."""
        return random.choices(self.dataset.indexes[self.source], k=3)  # noqa: S311 - augmentation

    def _cat_labels(self, mosaic_labels: list[dict[str, Any]]) -> dict[str, Any]:
        final: dict[str, Any] = super()._cat_labels(mosaic_labels)
        final["class_mask"] = np.logical_and.reduce([part["class_mask"] for part in mosaic_labels])
        return final


class SourceDataset(YOLODataset):  # type: ignore[misc]
    """All prepared training pictures; each epoch samples ``quotas`` (source → pictures) of them."""

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        quotas: Mapping[str, int],
        seed: int,
        masked: bool = True,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        """Read the labels; without `masked`, a missing label means absence of any class (plain concatenation)."""
        self.indexes: dict[str, list[int]] = {}
        self.drawn: list[int] = []
        self.quotas, self.seed = quotas, seed
        super().__init__(*args, **kwargs)
        seen: dict[Path, dict[str, list[int]]] = {}
        for i, label in enumerate(self.labels):
            image = Path(label["im_file"])
            folder = image.parent.parent
            if folder not in seen:
                seen[folder] = looked_at(folder)
            label["class_mask"] = (
                class_mask(labelled_in(folder) | absent_in(folder, image.stem), seen[folder].get(image.stem))
                if masked
                else np.ones(len(CLASSES), dtype=np.bool_)
            )
            self.indexes.setdefault(folder.name, []).append(i)
        self.draw(0)

    def draw(self, epoch: int) -> None:
        """Sample the pictures of one epoch; the same epoch and seed sample the same ones."""
        rng = random.Random(f"{self.seed}/{epoch}")  # noqa: S311 - sampling
        self.drawn = []
        for source, indexes in sorted(self.indexes.items()):
            quota = self.quotas.get(source, 0)
            rounds = [rng.sample(indexes, len(indexes)) for _ in range(quota // len(indexes) + 1)]
            self.drawn += [i for one in rounds for i in one][:quota]

    def __len__(self) -> int:
        return len(self.drawn) or len(self.labels)

    def __getitem__(self, index: int) -> dict[str, Any]:
        label: dict[str, Any] = self.transforms(self.get_image_and_label(self.drawn[index]))
        return label

    def build_transforms(self, hyp: Any) -> Compose:  # noqa: ANN401 - untyped library
        """Return the library's augmentations with its mosaic replaced by `SourceMosaic`."""
        transforms = super().build_transforms(hyp)
        first = transforms.transforms[0]
        if isinstance(first, Compose):
            first.transforms[0] = SourceMosaic(self, imgsz=self.imgsz, p=hyp.mosaic)
        return transforms

    def get_image_and_label(self, index: int) -> dict[str, Any]:
        """Return a picture with its labels; close-ups are sometimes pasted small on a background."""
        source = source_of(self.im_files[index])
        chance, low, high = CLOSE_UPS.get(source, (0.0, 0, 0))
        if random.random() < chance and self._backdrops(source):  # noqa: S311 - augmentation
            return self._scattered(source, index, low, high)
        result: dict[str, Any] = super().get_image_and_label(index)
        if source in LOOKS:
            self._dress(source, result)
        return result

    def _dress(self, source: str, label: dict[str, Any]) -> None:
        """Rotate and retouch a loaded picture, in the way of its source's uploader."""
        instances = label["instances"]
        h, w = label["img"].shape[:2]
        instances.convert_bbox("xyxy")
        instances.denormalize(w, h)
        label["img"], boxes = dressed(LOOKS[source], label["img"], instances.bboxes)
        instances.update(boxes)
        seen = (boxes[:, 2:] - boxes[:, :2]).min(axis=1) >= _THINNEST  # the others were rotated out of the picture
        label["instances"] = instances = instances[seen]
        label["cls"] = label["cls"][seen]
        h, w = label["img"].shape[:2]
        instances.normalize(w, h)
        instances.convert_bbox("xywh")
        label["resized_shape"] = label["ori_shape"] = (h, w)

    def _scattered(self, source: str, index: int, low: int, high: int) -> dict[str, Any]:
        """Paste ``index`` and a few more of its source, ``low``–``high`` px large, on a background."""
        behind = random.choice(self._backdrops(source))  # noqa: S311 - augmentation
        picture = cv2.resize(self.load_image(behind)[0], (self.imgsz, self.imgsz))
        canvas, mask = np.ascontiguousarray(picture, dtype=np.uint8), self.labels[index]["class_mask"].copy()
        side = canvas.shape[0]
        taken: list[tuple[int, int, int, int]] = []
        classes, boxes = [np.zeros((0, 1), np.float32)], [np.zeros((0, 4), np.float32)]
        if source in IN_ROOMS:
            mask &= self.labels[behind]["class_mask"]
            classes, boxes = [self.labels[behind]["cls"]], [self.labels[behind]["bboxes"]]
            taken = _kept_clear(classes[0], boxes[0], side)
        more = random.choices(self.indexes[source], k=random.randint(1, 9))  # noqa: S311 - augmentation
        for i in [index, *more]:
            size = min(int(np.exp(random.uniform(np.log(low), np.log(high)))), side)  # noqa: S311 - augmentation
            spot = paste(canvas, self.load_image(i)[0], size, taken)
            if spot is None:
                continue
            x, y, w, h = spot
            label = self.labels[i]
            mask &= label["class_mask"]
            classes.append(label["cls"])
            boxes.append((label["bboxes"] * (w, h, w, h) + (x, y, 0, 0)) / side)
        merged = deepcopy(self.labels[index])
        merged |= {"cls": np.concatenate(classes), "bboxes": np.concatenate(boxes).astype(np.float32)}
        merged |= {"class_mask": mask, "img": canvas, "segments": []}
        merged |= {"ori_shape": (side, side), "resized_shape": (side, side), "ratio_pad": (1.0, 1.0)}
        merged.pop("shape", None)
        result: dict[str, Any] = self.update_labels_info(merged)
        return result

    def _backdrops(self, source: str) -> list[int]:
        return [i for name in (ROOMS if source in IN_ROOMS else BACKDROPS) for i in self.indexes.get(name, [])]


def _kept_clear(classes: NDArray[np.float32], boxes: NDArray[np.float32], side: int) -> list[tuple[int, int, int, int]]:
    """Return x, y, width, height in px of labelled things (N, 1), (N, 4) that nothing may be pasted over.

    People are large and may be covered in part; their heads may not.
    """
    things = boxes[classes[:, 0] != CLASS_ID["person"]] * side
    return [(int(cx - w / 2), int(cy - h / 2), int(w) + 1, int(h) + 1) for cx, cy, w, h in things.tolist()]


def paste(
    canvas: NDArray[np.uint8], image: NDArray[np.uint8], size: int, taken: list[tuple[int, int, int, int]]
) -> tuple[int, int, int, int] | None:
    """Paste ``image`` with a longer side of ``size`` px at a free place of ``canvas``.

    Returns:
        x, y, width, height of the pasted picture, or None if no free place was found.
    """
    scale = size / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    h, w = small.shape[:2]
    for _ in range(8):
        x = random.randint(0, max(canvas.shape[1] - w, 0))  # noqa: S311 - augmentation
        y = random.randint(0, max(canvas.shape[0] - h, 0))  # noqa: S311 - augmentation
        if all(x + w <= a or a + c <= x or y + h <= b or b + d <= y for a, b, c, d in taken):
            canvas[y : y + h, x : x + w] = small
            taken.append((x, y, w, h))
            return x, y, w, h
    return None
