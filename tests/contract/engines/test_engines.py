"""Every engine says the same of the same pictures, whatever their shape."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from ingest.simulator.kitchen import KitchenCamera
from models.base.errors import WeightsRefused
from models.catalogue.weights import ModelEntry
from vision.engines.detector import Detector, Engine
from vision.engines.openvino import OpenVinoEngine
from vision.engines.ultralytics import UltralyticsEngine
from vision.judging.detections import Detections, iou
from vision.pictures.decode import Picture
from vision.weights.shipped import load, shipped

SIZES = ((640, 360), (360, 640), (640, 480), (512, 512), (1280, 720), (100, 37))
AT = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)


def kitchen(width: int, height: int) -> Picture:
    return KitchenCamera(seed=5, name="contract", cooks=3, width=width, height=height).render(7.0, wall_clock=AT)[0]


@pytest.fixture(scope="module")
def torch_entry(tmp_path_factory: pytest.TempPathFactory) -> ModelEntry:
    """The shipped weights with the checkpoint that they come from, so that engines can be compared."""
    pytest.importorskip("ultralytics", reason="the engine `ultralytics` needs mingchu[train]")
    from vision.training.gpu import for_gpu  # noqa: PLC0415 - needs mingchu[train]

    folder = tmp_path_factory.mktemp("weights")
    for_gpu(shipped(), folder)
    return load(folder)


@pytest.fixture(scope="module")
def built_entry(tmp_path_factory: pytest.TempPathFactory) -> ModelEntry:
    """The shipped weights with a TensorRT engine for this machine's GPU, which takes three pictures at once."""
    pytest.importorskip("tensorrt", reason="TensorRT is not installed")
    if "cuda:0" not in devices():
        pytest.skip("TensorRT needs a GPU")
    from vision.training.gpu import for_gpu  # noqa: PLC0415 - needs mingchu[train]

    folder = tmp_path_factory.mktemp("weights")
    for_gpu(shipped(), folder, tensorrt_batch=3)
    return load(folder)


@pytest.fixture(scope="module")
def tensorrt(built_entry: ModelEntry) -> Engine:
    return UltralyticsEngine(built_entry)


@pytest.fixture(scope="module")
def openvino() -> Engine:
    return OpenVinoEngine(shipped())


@pytest.fixture(scope="module")
def int8() -> Engine:
    return OpenVinoEngine(shipped(), precision="int8")


def devices() -> list[str]:
    """Where torch can run here."""
    if find_spec("torch") is None:
        return ["cpu"]
    import torch  # noqa: PLC0415 - where it is installed

    return ["cpu", "cuda:0"] if torch.cuda.is_available() else ["cpu"]


@pytest.fixture(scope="module", params=devices())
def torch(torch_entry: ModelEntry, request: pytest.FixtureRequest) -> Engine:
    return UltralyticsEngine(torch_entry, device=request.param)


class Contract:
    file: str
    """Which of the entry's files the engine runs."""

    def detector(self, engine: Engine, entry: ModelEntry, *, score: float = 0.3) -> Detector:
        return Detector(entry, engine, thresholds=dict.fromkeys(entry.classes, score))

    def test_a_batch_of_many_shapes_keeps_its_order(self, engine: Engine, entry: ModelEntry) -> None:
        detector = self.detector(engine, entry)
        pictures = [kitchen(max(size[0], 64), max(size[1], 64)) for size in SIZES]
        together = detector.detect(pictures)
        for picture, found in zip(pictures, together, strict=True):
            same(found, detector.detect([picture])[0])

    def test_a_violation_remembers_the_file_that_was_run(self, engine: Engine, entry: ModelEntry) -> None:
        assert self.detector(engine, entry).reference()["sha256"] == entry.sha256[self.file]

    def test_no_pictures_have_no_result(self, engine: Engine) -> None:
        assert engine.infer([]) == []

    def test_a_head_has_a_row_for_each_class_and_an_anchor_for_each_place(
        self, engine: Engine, entry: ModelEntry
    ) -> None:
        head = engine.infer([np.zeros((288, 512, 3), np.uint8)])[0]
        assert head.shape[0] == 4 + len(entry.classes)
        assert head.shape[1] in {36 * 64 + 18 * 32 + 9 * 16, 64 * 64 + 32 * 32 + 16 * 16}
        assert np.isfinite(head).all()
        assert head[4:].min() >= 0
        assert head[4:].max() <= 1

    def test_a_picture_has_the_same_things_upright_in_any_frame(self, engine: Engine, entry: ModelEntry) -> None:
        """A frame of another shape is seen with other padding: what is clearly there stays there."""
        detector = self.detector(engine, entry)
        wide = kitchen(640, 360)
        padded = np.full((480, 640, 3), 114, np.uint8)
        padded[60:420] = wide
        a, b = detector.detect([wide])[0], detector.detect([padded])[0]
        people = frozenset({"person"})
        assert len(a.only(people)) == len(b.only(people)) > 0


def same(a: Detections, b: Detections, *, least: float = 0.95) -> None:
    assert sorted(a.names) == sorted(b.names)
    if len(a):
        overlap = iou(a.boxes, b.boxes) * (np.array(a.names)[:, None] == np.array(b.names)[None])
        assert overlap.max(axis=1).min() > least


class TestOpenVino(Contract):
    file = "model.bin"

    @pytest.fixture
    def entry(self) -> ModelEntry:
        return shipped()

    @pytest.fixture
    def engine(self, openvino: Engine) -> Engine:
        return openvino

    def test_more_shapes_than_are_compiled_go_into_the_square(self, entry: ModelEntry) -> None:
        engine = OpenVinoEngine(entry)
        detector = self.detector(engine, entry, score=0.5)  # of what is there for sure
        for height in range(64, 513, 64):
            detector.detect([np.zeros((height, 512, 3), np.uint8)])
        assert len(engine._queues) <= 7
        late = kitchen(352, 640)
        own = self.detector(OpenVinoEngine(entry), entry, score=0.5).detect([late])[0]
        assert len(own)
        same(detector.detect([late])[0], own, least=0.75)  # other padding, small boxes


class TestOpenVinoInt8(Contract):
    file = "model_int8.bin"

    @pytest.fixture
    def entry(self) -> ModelEntry:
        return shipped()

    @pytest.fixture
    def engine(self, int8: Engine) -> Engine:
        return int8

    def test_it_sees_the_people_that_f32_sees(self, engine: Engine, entry: ModelEntry) -> None:
        picture, people = kitchen(640, 360), frozenset({"person"})
        exact = self.detector(OpenVinoEngine(entry, precision="f32"), entry).detect([picture])[0].only(people)
        assert len(exact)
        same(self.detector(engine, entry).detect([picture])[0].only(people), exact, least=0.8)

    def test_weights_without_such_a_graph_say_so(self, entry: ModelEntry) -> None:
        without = replace(entry, sha256={"model.xml": "", "model.bin": ""})
        with pytest.raises(WeightsRefused, match="export --int8"):
            OpenVinoEngine(without, precision="int8")


class Ultralytics(Contract):
    def test_it_detects_the_same_as_openvino(self, engine: Engine, entry: ModelEntry) -> None:
        other = OpenVinoEngine(entry, precision="f32")
        for size in ((640, 360), (640, 480)):
            picture = kitchen(*size)
            a, b = self.detector(engine, entry).detect([picture])[0], self.detector(other, entry).detect([picture])[0]
            assert len(a)
            same(a, b)

    def test_more_pictures_than_go_through_at_once(
        self, engine: UltralyticsEngine, entry: ModelEntry, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engine, "_most", min(engine._most, 3))
        detector = self.detector(engine, entry)
        pictures = [
            KitchenCamera(seed=seed, name="many", cooks=3, width=640, height=360).render(7.0, wall_clock=AT)[0]
            for seed in range(7)
        ]
        for picture, found in zip(pictures, detector.detect(pictures), strict=True):
            same(found, detector.detect([picture])[0])

    def test_cameras_may_ask_at_the_same_time(self, engine: Engine, entry: ModelEntry) -> None:
        detector = self.detector(engine, entry)
        pictures = [kitchen(*size) for size in ((640, 360), (360, 640), (640, 480), (512, 512))]
        alone = [detector.detect([picture])[0] for picture in pictures]
        with ThreadPoolExecutor(len(pictures)) as pool:
            for _ in range(3):
                for found, right in zip(pool.map(lambda p: detector.detect([p])[0], pictures), alone, strict=True):
                    same(found, right)


class TestTorch(Ultralytics):
    file = "model.pt"

    @pytest.fixture
    def entry(self, torch_entry: ModelEntry) -> ModelEntry:
        return torch_entry

    @pytest.fixture
    def engine(self, torch: Engine) -> Engine:
        return torch

    def test_it_leaves_nothing_behind_on_the_cpu(self, entry: ModelEntry) -> None:
        """As a GPU would notice; on one the whole contract runs, too."""
        command = [sys.executable, "-m", "tests.support.elsewhere", "see", entry.folder, entry.sha256["model.pt"]]
        told = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert told.returncode == 0, told.stderr[-2000:]
        assert float(told.stdout.split()[-1]) < 0.05


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorRT before 10 warns of calls that only later ones have
class TestTensorRt(Ultralytics):
    file = "model.engine"

    @pytest.fixture
    def entry(self, built_entry: ModelEntry) -> ModelEntry:
        return built_entry

    @pytest.fixture
    def engine(self, tensorrt: Engine) -> Engine:
        return tensorrt

    def test_an_engine_of_another_machine_is_refused_in_words(self, entry: ModelEntry, tmp_path: Path) -> None:
        (tmp_path / "model.engine").write_bytes(b"no engine of this machine" * 100)
        with pytest.raises(WeightsRefused, match="model gpu --tensorrt"):
            UltralyticsEngine(replace(entry, folder=tmp_path))


def test_a_tensorrt_engine_without_a_gpu_is_refused_in_words(tmp_path: Path) -> None:
    pytest.importorskip("ultralytics", reason="the engine `ultralytics` needs mingchu[train]")
    (tmp_path / "model.engine").write_bytes(b"whatever")
    with pytest.raises(WeightsRefused, match="needs a GPU"):
        UltralyticsEngine(replace(shipped(), folder=tmp_path, sha256={"model.engine": ""}), device="cpu")


def test_a_tensorrt_engine_without_tensorrt_is_refused_with_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ultralytics", reason="the engine `ultralytics` needs mingchu[train]")
    monkeypatch.setattr("vision.engines.ultralytics.find_spec", lambda _: None)
    (tmp_path / "model.engine").write_bytes(b"whatever")
    with pytest.raises(WeightsRefused, match="not installed; install it beside torch with: pip install 'tensorrt-cu13"):
        UltralyticsEngine(replace(shipped(), folder=tmp_path, sha256={"model.engine": ""}), device="cuda:0")


def test_a_checkpoint_that_the_catalogue_does_not_name_is_never_opened(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(shipped().folder, folder)
    (folder / "model.pt").write_bytes(b"a pickle that would run anything")
    with pytest.raises(WeightsRefused, match="sha256 in the entry"):
        UltralyticsEngine(load(folder))


def test_a_checkpoint_with_another_sha256_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(shipped().folder, folder)
    meta = (folder / "meta.json").read_text()
    (folder / "meta.json").write_text(meta.replace('"sha256": {', '"sha256": {"model.pt": "' + "0" * 64 + '",'))
    (folder / "model.pt").write_bytes(b"something else")
    with pytest.raises(WeightsRefused, match=r"model\.pt has sha256"):
        load(folder)
