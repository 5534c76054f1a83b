"""Train the kitchen detector: Ultralytics' trainer with our data mix, masked loss and validation."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

import torch
from ultralytics.data import build_dataloader
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.nn.tasks import load_checkpoint
from ultralytics.utils.torch_utils import unwrap_model

from models.base.errors import Invalid
from models.base.jsonio import loads
from vision.training.classes import CLASS_ID, CLASSES, OWN, PASTED, SIMULATED
from vision.training.data import SourceDataset, source_of
from vision.training.evaluate import TorchEngine, evaluate, unfinished
from vision.training.kept import Start
from vision.training.loss import MaskedDetectionModel, blank
from vision.training.rounding import rounded
from vision.training.trusted import NEW, remember, trusted

QUOTAS: Final[Mapping[str, int]] = {
    "hairnet_kitchen": 1300,
    "face_mask": 1000,
    "cigarette_head": 1000,
    "garbage_bin": 450,
    "fire_smoke": 400,
    "cockroach": 200,
    "gloves_workers": 1000,
    "rat_pet": 130,
    "chef_heads": 500,
    "hairnet_kitchen2": 260,
    "cigarette_wide": 400,
    "pets_oxford": 250,
    "phone_in_hand": 80,
    "stove_flames": 24,
    SIMULATED: 300,
    PASTED: 300,
}
"""Pictures per source and epoch: more for the product's main classes and for weak ones, which learn slowest."""
OWN_QUOTA: Final = 600
"""Pictures per epoch of each folder of a user's own."""

RECORD, HISTORY, LAST = "run.json", "history.jsonl", Path("weights", "last.pt")
LIBRARIES: Final = ("torch", "ultralytics")
FITNESS: Final = ("head_covered", "head_bare", "mask", "no_mask")
"""Classes whose mean validation AP50 selects the best epoch."""

LOADERS: Final = 8
_HEAD: Final = 23
"""Number of a YOLO11's last layer: `cv2` makes boxes; the last convolution of `cv3`, classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainPlan:
    """What to train, and where to write it.

    Attributes:
        data: folder that `vision.training.prepare` made.
        out: folder of the run: ``weights/last.pt``, ``weights/best.pt``, ``history.jsonl``.
        start: checkpoint to start from; layers of the same shape are copied.
        heads: for a start with other classes, its class name → ours, to copy those rows.
        quotas: pictures per source and epoch.
        hours: if given, stop after that time and fit the learning rate's schedule to it.
        workers: processes that load pictures while the model computes; by default one on a CPU, which they share
            with it, and up to `LOADERS` with a GPU, which waits for them.
        freeze: number of first layers that are not trained; 5 saves a third of the time on a CPU.
        mosaic: probability of a mosaic of four pictures, multiplied by a source's own share.
        int8: whether layers round as an int8 graph does (`vision.training.rounding`), for the last epochs.
        loss: "masked", or "plain" = a missing label means absence of any class in every picture (for comparison).
        keep: if given, the start's own answers are taught, too (`vision.training.kept`), where labels exist with this
            share, 0 to 1; it costs a third more time.
        only: if given, nothing is trained but what the last layer makes of its features for these classes, so that
            every other class, and every box, stays as it was; three times as fast.
    """

    data: Path
    out: Path
    start: Path
    heads: Mapping[str, str]
    quotas: Mapping[str, int]
    epochs: int = 12
    imgsz: int = 416
    batch: int = 16
    lr: float = 1e-3
    seed: int = 1
    hours: float | None = None
    workers: int | None = None
    freeze: int = 0
    mosaic: float = 0.7
    int8: bool = False
    loss: Literal["masked", "plain"] = "masked"
    keep: float | None = None
    only: tuple[str, ...] = ()


def names_of(checkpoint: Path) -> list[str]:
    """Return the class names of a trusted checkpoint."""
    return list(load_checkpoint(str(checkpoint))[0].names.values())


def warm_start(model: MaskedDetectionModel, start: torch.nn.Module, heads: Mapping[str, str]) -> None:
    """Copy weights of the same shape, and the class rows that ``heads`` names."""
    model.load(start, verbose=False)
    theirs = {name: number for number, name in start.names.items()}
    for ours, old in zip(model.model[-1].cv3, start.model[-1].cv3, strict=True):
        if ours[-1].in_channels != old[-1].in_channels:
            continue
        with torch.no_grad():
            for their_name, our_name in heads.items():
                row, source = CLASS_ID[our_name], theirs[their_name]
                ours[-1].weight[row] = old[-1].weight[source].float()
                ours[-1].bias[row] = old[-1].bias[source].float()


class KitchenTrainer(DetectionTrainer):  # type: ignore[misc]
    """The trainer of this project. `plan` is set by `train`."""

    plan: TrainPlan
    last: Path
    best: Path
    start: Start | None = None

    def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> SourceDataset:
        """Return the training pictures, also for the library's validator, which is never run."""
        return SourceDataset(
            img_path=img_path,
            imgsz=self.args.imgsz,
            batch_size=batch or self.plan.batch,
            augment=mode == "train",
            hyp=self.args,
            cache="ram" if mode == "train" else None,
            data=self.data,
            task="detect",
            quotas={p.name: quota(self.plan, p.name) for p in (self.plan.data / "train").iterdir()},
            seed=self.plan.seed,
            masked=self.plan.loss == "masked",
        )

    def get_dataloader(self, dataset_path: str, batch_size: int = 16, rank: int = 0, mode: str = "train") -> Any:  # noqa: ANN401 - untyped library
        """Return the library's loader, with workers even on a CPU."""
        if mode != "train":
            return super().get_dataloader(dataset_path, batch_size=batch_size, rank=rank, mode=mode)
        dataset = self.build_dataset(dataset_path, mode, batch_size)
        usual = 1 if self.device.type == "cpu" else min(os.cpu_count() or 1, LOADERS)
        workers = usual if self.plan.workers is None else self.plan.workers
        return build_dataloader(dataset, batch=batch_size, workers=workers, shuffle=True, device=self.device)

    def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = False) -> MaskedDetectionModel:  # noqa: ANN401, ARG002, FBT001, FBT002 - the library's signature
        """Return a YOLO11n with our classes and the start's widths, warm-started unless a run is resumed."""
        start = weights if self.resume else load_checkpoint(str(self.plan.start))[0]
        model = blank(MaskedDetectionModel, CLASSES, width=start.model[-1].cv3[0][-1].in_channels)
        if self.plan.int8:
            rounded(model)
        if self.resume:
            model.load(start, verbose=False)
        else:
            warm_start(model, start, self.plan.heads)
        model.to(memory_format=torch.channels_last)
        return model

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Convert pictures to float (B, 3, S, S) and class masks to a tensor (B, C); add the start's answers."""
        ready: dict[str, Any] = super().preprocess_batch(batch)
        ready["img"] = ready["img"].contiguous(memory_format=torch.channels_last)
        ready["class_mask"] = torch.stack([torch.from_numpy(m) for m in ready["class_mask"]]).to(self.device)
        if self.plan.keep is not None:
            if self.start is None:
                self.start = Start(self.plan.start, keep=self.plan.keep, device=self.device)
            ready["kept"] = self.start.answers(ready["img"], [source_of(file) for file in ready["im_file"]])
        return ready

    def optimizer_step(self) -> None:
        """Make a step; with `TrainPlan.only`, without the other classes of the last layer."""
        if self.plan.only:
            others = [number for number, name in enumerate(CLASSES) if name not in self.plan.only]
            for branch in unwrap_model(self.model).model[-1].cv3:
                for values in (branch[-1].weight, branch[-1].bias):
                    values.grad[others] = 0
        super().optimizer_step()

    def validate(self) -> tuple[dict[str, float], float]:
        """Return AP50 per source and class on the ``val`` split, each source on its own classes, and the fitness."""
        found = evaluate(unfinished(self.args.imgsz), TorchEngine(self.ema.ema.eval()), self.plan.data / "val")
        flat = {f"{s}/{c}": f.ap50 for s, records in found.items() for c, f in records.figures().items() if f.boxes}
        scores = [v for key, v in flat.items() if key.rsplit("/", 1)[1] in FITNESS]
        fitness = sum(scores) / max(len(scores), 1)
        self.best_fitness: float = max(self.best_fitness or 0.0, fitness)
        with (self.plan.out / HISTORY).open("a") as log:
            log.write(json.dumps({"epoch": self.epoch, "fitness": fitness, **flat}) + "\n")
        return {}, fitness

    def save_model(self) -> bool:
        """Write each checkpoint atomically, so that a run that is killed while it writes can be resumed."""
        paths = self.last, self.best
        new = self.last, self.best = self.last.with_suffix(NEW), self.best.with_suffix(NEW)
        try:
            done: bool = super().save_model()
        finally:
            self.last, self.best = paths
        remember(self.last.parent)  # before and after, so that a killed run can still be resumed and exported
        for written, path in zip(new, paths, strict=True):
            if written.exists():
                written.replace(path)
        remember(self.last.parent)
        return done

    def final_eval(self) -> None:
        """Do nothing: `vision.training.evaluate` reports, and checkpoints keep what a resume needs."""

    def save_metrics(self, metrics: Mapping[str, float]) -> None:
        """Do nothing: ``history.jsonl`` is the record."""


def _redraw(trainer: KitchenTrainer) -> None:
    trainer.train_loader.dataset.draw(trainer.epoch)
    trainer.train_loader.reset()  # workers have a copy of the data set


def quota(plan: TrainPlan, source: str) -> int:
    """Return the pictures of a source per epoch; a user's own folder that the plan does not name gets `OWN_QUOTA`."""
    return plan.quotas.get(source, OWN_QUOTA if source.startswith(OWN) else 0)


def _frozen(plan: TrainPlan) -> list[int | str]:
    """Return the layers that are not trained, as the library names them: numbers, and parts of the last one."""
    if not plan.only:
        return list(range(plan.freeze))
    features = [f"{_HEAD}.cv3.{scale}.{part}" for scale in range(3) for part in range(2)]
    return [*range(_HEAD), f"{_HEAD}.cv2", *features]


def _data_file(plan: TrainPlan) -> Path:
    """Write the library's dataset file into the folder of the run, and return it."""
    text = {
        "train": [
            str(path) for path in sorted((plan.data / "train").glob("*/images")) if quota(plan, path.parent.name)
        ],
        "val": str(next(iter(sorted((plan.data / "val").glob("*/images"))), plan.data)),  # the library requires one
        "names": dict(enumerate(CLASSES)),
    }
    path = Path(tempfile.mkdtemp(prefix="mingchu-train-")) / "data.yaml"
    path.write_text(json.dumps(text))  # JSON is YAML
    return path


def planned(out: Path, *, data: Path) -> TrainPlan:
    """Return the plan of the run in ``out``, with ``data``, which may have moved.

    A run with a limit of hours continues to the epoch that it would have reached in them, by its last estimate.

    Raises:
        Invalid: there is nothing to resume, or the run is finished.
        WeightsRefused: the checkpoint is not the one that the run wrote.
    """
    last, record = out / LAST, out / RECORD
    for path in (last, record):
        if not path.exists():
            raise Invalid(f"{path} is missing: nothing to resume; omit --resume to begin")
    plan = loads(record.read_bytes())["plan"]
    checkpoint = load_checkpoint(str(trusted(last, sha256=None)))[1]
    done = checkpoint["epoch"] + 1
    if done >= (checkpoint["train_args"]["epochs"] if plan["hours"] else plan["epochs"]):
        raise Invalid(
            f"{out}: all of its {done} epochs are done; to continue training, begin a run with --start {last}"
        )
    return TrainPlan(
        **{
            **plan,
            "data": data,
            "out": out,
            "start": Path(plan["start"]),
            "hours": None,
            "only": tuple(plan.get("only", ())),
        }
    )


def vacant(out: Path) -> None:
    """Make sure that no run is overwritten.

    Raises:
        Invalid: ``out`` has a run.
    """
    if (out / LAST).exists():
        raise Invalid(f"{out} has a run: continue it by --resume, or choose another folder")


def train(plan: TrainPlan, *, resume: bool = False) -> Path:
    """Train and return the folder of the checkpoints; plan and versions are written to ``run.json`` beside it.

    With ``resume`` the run in ``plan.out`` continues after its last finished epoch; ``plan`` comes from `planned`.

    Raises:
        Invalid: there is a run already, which would be overwritten.
    """
    # The library resolves relative paths against its own folders.
    plan = replace(plan, data=plan.data.resolve(), out=plan.out.resolve(), start=plan.start.resolve())
    last = plan.out / LAST
    if not resume:
        vacant(plan.out)
    note(plan, resumed=resume)
    settings = {
        "model": str(last) if resume else "yolo11n.yaml",
        "resume": str(last) if resume else False,
        "data": str(_data_file(plan)),
        "project": str(plan.out.parent),
        "name": plan.out.name,
        "exist_ok": True,
        "epochs": plan.epochs,
        "time": plan.hours,
        "imgsz": plan.imgsz,
        "batch": plan.batch,
        "nbs": plan.batch,
        "optimizer": "AdamW",
        "lr0": plan.lr,
        "lrf": 0.05,
        "cos_lr": True,
        "warmup_epochs": 0.5,
        "warmup_bias_lr": plan.lr,
        "close_mosaic": max(plan.epochs // 5, 1),
        "mosaic": plan.mosaic,
        "degrees": 6.0,
        "scale": 0.5,
        "hsv_s": 0.5,
        "seed": plan.seed,
        "deterministic": False,
        "device": "cpu" if not torch.cuda.is_available() else "0",
        "workers": 0,
        "amp": False,  # the model has its own autocast
        "plots": False,
        "patience": 0,
        "freeze": _frozen(plan) or None,
        "weight_decay": 0.0 if plan.only else 0.0005,  # it would shrink the classes that are to stay
        "pretrained": False,
    }
    KitchenTrainer.plan = plan
    trainer = KitchenTrainer(overrides=settings)
    trainer.add_callback("on_train_epoch_start", _redraw)
    torch.set_num_threads(os.cpu_count() or 1)  # the library leaves one core idle
    trainer.train()
    return plan.out / "weights"


def note(plan: TrainPlan, *, resumed: bool) -> None:
    """Store the plan and the versions of the run; for a resumed run, the versions with which it continues."""
    plan.out.mkdir(parents=True, exist_ok=True)
    means = {"versions": {name: version(name) for name in LIBRARIES}, "cpus": os.cpu_count()}
    if resumed:
        before = loads((plan.out / RECORD).read_bytes())
        about = {**before, "resumed": [*before.get("resumed", []), means]}
    else:
        about = {"plan": asdict(plan), **means}
    (plan.out / RECORD).write_text(json.dumps(about, indent=2, default=str), encoding="utf-8")
