"""Train from the shipped weights and on a user's own pictures, with the real library, on a small scale."""

import json
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

torch = pytest.importorskip("torch", reason="needs mingchu[train]")
pytest.importorskip("ultralytics", reason="needs mingchu[train]")

from ultralytics.cfg import get_cfg  # noqa: E402 - only where it is
from ultralytics.nn.tasks import load_checkpoint  # noqa: E402 - the same

from deploy.cli import main  # noqa: E402 - only where torch is
from models.base.errors import Invalid, WeightsRefused  # noqa: E402 - the same
from tests.support.waiting import wait_for  # noqa: E402 - the same
from vision.engines.openvino import OpenVinoEngine  # noqa: E402 - the same
from vision.engines.precision import drawn  # noqa: E402 - the same
from vision.training import export  # noqa: E402 - the same
from vision.training.classes import CLASS_ID, CLASSES, remember_looks  # noqa: E402 - the same
from vision.training.data import SourceDataset  # noqa: E402 - the same
from vision.training.export import SWINGS_BELOW, to_openvino  # noqa: E402 - the same
from vision.training.restored import network, restore, settle  # noqa: E402 - the same
from vision.training.rounding import plain, rounded  # noqa: E402 - the same
from vision.training.simulate import simulate  # noqa: E402 - the same
from vision.training.train import planned  # noqa: E402 - the same
from vision.training.trusted import digest  # noqa: E402 - the same
from vision.weights.shipped import load, shipped  # noqa: E402 - the same

SMALL = ("--imgsz", "128", "--batch", "8", "--workers", "0")


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(main, ["model", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's own folder: pictures of simulated kitchens with all classes labelled.

    So many that what int8 loses on those for validation is no matter of chance.
    """
    folder = tmp_path_factory.mktemp("own")
    simulate(folder, range(400, 400 + SWINGS_BELOW), 8)
    canteen = (folder / "simulated").rename(folder / "canteen")
    (canteen / "classes.txt").write_text("\n".join(CLASSES) + "\n")
    return canteen


@pytest.fixture(scope="module")
def data(own: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("prepared") / "data"
    run("prepare", out, "--own", own)
    return out


def say(model: "torch.nn.Module") -> np.ndarray:
    """Return the output of a network for simulated kitchens."""
    canvases = np.stack([canvas[..., ::-1].transpose(2, 0, 1) for canvas in islice(drawn(256), 2)])
    with torch.inference_mode():
        return np.asarray(model(torch.from_numpy(np.ascontiguousarray(canvases)).float() / 255)[0])


def test_a_missing_label_means_unknown_for_unlabelled_classes(tmp_path: Path) -> None:
    folder = tmp_path / "rat_pet"
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    for stem in ("seen", "unsure", "later"):
        cv2.imwrite(str(folder / "images" / f"{stem}.jpg"), np.full((96, 128, 3), 80, np.uint8))
        (folder / "labels" / f"{stem}.txt").touch()

    def known() -> dict[str, set[str]]:
        pictures = SourceDataset(
            img_path=str(folder / "images"),
            imgsz=128,
            augment=False,
            hyp=get_cfg(),
            data={"names": dict(enumerate(CLASSES)), "channels": 3},
            task="detect",
            quotas={},
            seed=1,
        )
        return {
            Path(label["im_file"]).stem: {CLASSES[i] for i in np.flatnonzero(label["class_mask"])}
            for label in pictures.labels
        }

    rats = {"rat", "cat", "dog"}  # its pictures show neither cats nor dogs
    assert known() == {"seen": rats, "unsure": rats, "later": rats}
    remember_looks(folder, {"seen": (), "unsure": [CLASS_ID["phone"]]})
    assert known() == {"seen": {*rats, "person", "phone"}, "unsure": {*rats, "person"}, "later": rats}


def test_heads_are_pasted_into_a_kitchen_beside_what_is_labelled_there(tmp_path: Path) -> None:
    for source, row, shade in (("chef_heads", "0 0.5 0.5 0.4 0.4", 200), ("hairnet_kitchen", "1 0.2 0.2 0.1 0.1", 60)):
        folder = tmp_path / "train" / source
        (folder / "images").mkdir(parents=True)
        (folder / "labels").mkdir()
        cv2.imwrite(str(folder / "images" / "a.jpg"), np.full((224, 224, 3), shade, np.uint8))
        (folder / "labels" / "a.txt").write_text(row)
    pictures = SourceDataset(
        img_path=[str(tmp_path / "train" / name / "images") for name in ("chef_heads", "hairnet_kitchen")],
        imgsz=512,
        augment=False,
        hyp=get_cfg(),
        data={"names": dict(enumerate(CLASSES)), "channels": 3},
        task="detect",
        quotas={},
        seed=1,
    )
    (chef,) = pictures.indexes["chef_heads"]
    label = pictures._scattered("chef_heads", chef, 90, 320)
    names = [CLASSES[int(number)] for number in label["cls"][:, 0]]
    assert names[0] == "head_bare"
    assert set(names[1:]) == {"head_covered"}
    known = {CLASSES[i] for i in np.flatnonzero(label["class_mask"])}
    assert known == {"head_covered", "head_bare"}
    bare = label["instances"].bboxes[0] * 512
    x, y = int(bare[0]), int(bare[1])
    assert (label["img"][y - 20 : y + 20, x - 20 : x + 20] < 100).all(), "the labelled head of the kitchen was covered"


def test_a_restored_network_has_the_output_of_the_shipped_graph() -> None:
    entry = shipped()
    heads = np.stack(OpenVinoEngine(entry, precision="f32").infer(list(islice(drawn(256), 2))))
    np.testing.assert_allclose(say(network(entry)), heads, atol=0.02)


def test_a_graph_exported_at_an_odd_multiple_of_the_stride_accepts_any_shape(tmp_path: Path) -> None:
    entry = shipped()
    to_openvino(restore(entry, tmp_path / "model.pt"), tmp_path / "out", imgsz=160)
    sums = {name: digest(tmp_path / "out" / name) for name in ("model.xml", "model.bin")}
    made = replace(entry, folder=tmp_path / "out", sha256=sums)
    pictures = list(islice(drawn(256), 2))
    for ours, theirs in zip(
        OpenVinoEngine(made, precision="f32").infer(pictures),
        OpenVinoEngine(entry, precision="f32").infer(pictures),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, atol=0.02)


def test_measuring_norms_keeps_the_output_and_makes_the_network_trainable(own: Path) -> None:
    model = network(shipped())
    before = say(model)
    settle(model, sorted((own / "images").iterdir())[:8], imgsz=256)
    np.testing.assert_allclose(say(model), before, atol=0.02)
    trained = say(model.train().eval())
    assert np.isfinite(trained).all()
    spread = model.model[4].cv1.bn.running_var
    assert not torch.allclose(spread, torch.ones_like(spread))


def test_a_graph_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsRefused, match="expected the graph of a YOLO11n"):
        network(replace(shipped(), classes=CLASSES[:3], folder=shipped().folder))


def test_rounding_layers_have_nearly_the_same_output_and_can_be_converted_back() -> None:
    model = network(shipped())
    exact = say(model)
    rounded(model)
    model.train()
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.eval()
    with torch.inference_mode():  # measure the ranges
        model(torch.from_numpy(np.stack([c.transpose(2, 0, 1) for c in drawn(256)])).float() / 255)
    near = say(model.eval())
    assert 0 < np.abs(near - exact)[:, 4:].mean() < 0.01
    plain(model)
    np.testing.assert_allclose(say(model), exact, atol=1e-4)


def test_own_pictures_fine_tune_the_shipped_weights_into_new_weights(
    data: Path, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("train", data, tmp_path / "run", *SMALL, "--epochs", "1", "--quota", "own-canteen=64", "--lr", "1e-4", "--int8")
    history = (tmp_path / "run" / "history.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in history] == [0]
    plan = json.loads((tmp_path / "run" / "run.json").read_text())
    assert plan["plan"]["seed"] == 1
    assert set(plan["versions"]) == {"torch", "ultralytics"}

    checkpoint = tmp_path / "run" / "weights" / "last.pt"
    out = tmp_path / "weights"
    papers = ("--version", "9.9.9", "--imgsz", "256", "--note", "by=test")
    run("export", checkpoint, "--data", data, "--out", out, *papers, "--int8")
    entry = load(out)
    assert "model_int8.xml" in entry.sha256
    assert (entry.version, entry.classes) == ("9.9.9", CLASSES)
    meta = json.loads((out / "meta.json").read_text())
    assert meta["training"]["by"] == "test"
    assert entry.thresholds["cat"] == shipped().thresholds["cat"]  # set by hand, and own pictures do not override it
    told = json.loads(run("evaluate", "--weights", out, "--data", own, "--json"))["classes"]
    assert told["person"]["boxes"] > 0
    assert told["person"]["ap50"] > 0.5

    few = ("--fresh", "--class", "person", "--class", "bin")
    run("export", checkpoint, "--data", data, "--out", tmp_path / "few", *papers, *few)
    part, canvases = load(tmp_path / "few"), list(islice(drawn(256), 2))
    assert part.classes == ("person", "bin")
    rows = [0, 1, 2, 3, *(4 + CLASS_ID[name] for name in part.classes)]
    heads = (OpenVinoEngine(of, precision="f32").infer(canvases) for of in (part, entry))
    for of_part, of_all in zip(*heads, strict=True):
        np.testing.assert_allclose(of_part, of_all[rows], atol=0.02)
    assert (tmp_path / "few" / "CARD.md").read_text().startswith("# kitchen-n 9.9.9\n\nRounds:")

    monkeypatch.setattr(export, "MOST_LOST", -1.0)
    monkeypatch.setattr(export, "SWINGS_BELOW", SWINGS_BELOW + 1)
    options = ("--data", data, "--out", tmp_path / "lossy", *papers, "--int8")
    refused = CliRunner().invoke(main, ["model", "export", str(checkpoint), *map(str, options)])
    assert (refused.exit_code, (tmp_path / "lossy").exists()) == (1, False)
    assert f"on the {SWINGS_BELOW} validation pictures, at most -1.0 is allowed" in refused.output
    assert "give more validation pictures" in refused.output


def test_classes_that_are_trained_alone_leave_the_rest_as_it_was(data: Path, tmp_path: Path) -> None:
    few = [*SMALL, "--epochs", "1", "--quota", "own-canteen=16", "--lr", "1e-2"]
    refused = CliRunner().invoke(main, ["model", "train", str(data), str(tmp_path / "x"), *few, "--only", "hat"])
    assert refused.exit_code != 0
    assert "head_covered" in refused.output
    refused = CliRunner().invoke(
        main, ["model", "train", str(data), str(tmp_path / "x"), *few, "--only", "phone", "--freeze", "5"]
    )
    assert (refused.exit_code, "leave out --freeze" in refused.output) == (2, True)
    run("train", data, tmp_path / "run", *few, "--only", "head_covered", "--only", "phone")
    made = load_checkpoint(str(tmp_path / "run" / "weights" / "last.pt"))[0].state_dict()
    begun = load_checkpoint(str(tmp_path / "run" / "start.pt"))[0].state_dict()
    rows = [CLASS_ID[name] for name in ("head_covered", "phone")]
    rest = [row for row in range(len(CLASSES)) if row not in rows]
    changed = {name for name, value in made.items() if not torch.equal(value, begun[name].half())}
    assert changed == {f"model.23.cv3.{scale}.2.{part}" for scale in range(3) for part in ("weight", "bias")}
    for name in changed:
        assert torch.equal(made[name][rest], begun[name].half()[rest])
        assert not torch.equal(made[name][rows], begun[name].half()[rows])


def test_a_killed_run_continues_after_its_last_epoch(data: Path, tmp_path: Path) -> None:
    out, quota = tmp_path / "run", ("--quota", "own-canteen=16")
    history = out / "history.jsonl"
    begin = [*SMALL, *quota, "--epochs", "40", "--int8"]
    with subprocess.Popen(
        [sys.executable, "-m", "deploy.cli", "model", "train", data, out, *begin], stdout=subprocess.DEVNULL
    ) as training:
        wait_for((out / "weights" / "last.pt").exists, timeout_s=240)
        training.kill()
    done = json.loads(history.read_text().splitlines()[-1])["epoch"]
    plan = json.loads((out / "run.json").read_text())["plan"]
    with subprocess.Popen(
        [sys.executable, "-m", "deploy.cli", "model", "train", data, out, "--resume"],
        stdout=subprocess.DEVNULL,
    ) as resumed:
        wait_for(lambda: json.loads(history.read_text().splitlines()[-1])["epoch"] > done, timeout_s=240)
        resumed.kill()
    epochs = [json.loads(line)["epoch"] for line in history.read_text().splitlines()]
    assert epochs == sorted(epochs)
    assert epochs[0] == 0
    record = json.loads((out / "run.json").read_text())
    assert record["plan"] == plan
    assert record["resumed"][0]["versions"] == record["versions"]
    run(
        "export",
        out / "weights" / "last.pt",
        "--data",
        data,
        "--out",
        tmp_path / "w",
        "--version",
        "1",
        "--imgsz",
        "128",
    )


def test_a_checkpoint_that_the_run_did_not_write_is_not_opened(data: Path, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "last.pt").write_bytes(b"a pickle that would run anything")
    (tmp_path / "run.json").write_text('{"plan":{"epochs":2,"hours":null}}')
    with pytest.raises(WeightsRefused, match="unknown sha256"):
        planned(tmp_path, data=data)


def test_a_run_with_hours_is_resumed_to_its_estimated_epoch(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run("train", data, out, *SMALL, "--quota", "own-canteen=16", "--hours", "0.002")
    plan = json.loads((out / "run.json").read_text())["plan"]
    assert plan["hours"] == 0.002
    done = len((out / "history.jsonl").read_text().splitlines())
    checkpoint = load_checkpoint(str(out / "weights" / "last.pt"))[1]
    if done < checkpoint["train_args"]["epochs"]:
        assert planned(out, data=data).hours is None
    else:
        with pytest.raises(Invalid, match=f"all of its {done} epochs are done"):
            planned(out, data=data)


@pytest.mark.parametrize("given", [True, False])
def test_a_head_that_the_start_lacks_is_refused_before_anything_is_written(
    data: Path, tmp_path: Path, *, given: bool
) -> None:
    start = restore(shipped(), tmp_path / "start.pt")
    of = ("--start", str(start), "--start-sha256", digest(start)) if given else ()
    result = CliRunner().invoke(main, ["model", "train", str(data), str(tmp_path / "run"), "--head", "hed=mask", *of])
    assert result.exit_code == 1
    assert f"--head hed=mask: the start checkpoint has {', '.join(CLASSES)}" in result.output
    assert not (tmp_path / "run").exists()


def test_relative_folders_are_resolved_from_the_working_directory(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prepared").symlink_to(data)
    monkeypatch.chdir(tmp_path)
    run("train", "prepared", "run", *SMALL, "--epochs", "1", "--quota", "own-canteen=8")
    assert Path("run", "weights", "last.pt").exists()


def test_a_finished_run_is_neither_overwritten_nor_resumed(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    begin = ["model", "train", str(data), str(out), *SMALL, "--quota", "own-canteen=16", "--epochs", "1"]
    assert CliRunner().invoke(main, begin).exit_code == 0
    for again, said in ((begin, "has a run"), ([*begin[:4], "--resume"], "all of its 1 epochs are done")):
        result = CliRunner().invoke(main, again)
        assert result.exit_code != 0
        assert said in str(result.exception or "") + result.output
