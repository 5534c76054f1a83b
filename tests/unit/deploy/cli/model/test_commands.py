"""The commands of `mingchu model`, as a user types them."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from deploy.cli import main
from deploy.cli.model.group import heads_of, quotas_of
from models.base.errors import Invalid
from vision.weights.shipped import shipped


def said(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["model", *map(str, arguments)])
    return result.exit_code, result.output


def labelled(folder: Path, classes: str) -> Path:
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    (folder / "classes.txt").write_text(classes)
    for i in range(3):
        cv2.imwrite(str(folder / "images" / f"{i}.jpg"), np.full((90, 160, 3), 80, np.uint8))
        (folder / "labels" / f"{i}.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    return folder


def test_evaluate_prints_the_figures_of_each_class_as_json(tmp_path: Path) -> None:
    code, text = said("evaluate", "--data", labelled(tmp_path / "x", "hairnet\n"), "--json")
    assert code == 0, text
    found = json.loads(text)
    assert set(found) == {"classes"}
    assert set(found["classes"]["head_covered"]) == {
        "ap50",
        "ap50_95",
        "precision",
        "recall",
        "opposite",
        "boxes",
        "images",
    }
    assert found["classes"]["head_covered"]["boxes"] == 3


def test_evaluate_prints_details_on_request(tmp_path: Path) -> None:
    sheet = tmp_path / "mistakes.png"
    folder = labelled(tmp_path / "x", "hairnet\n")
    code, text = said("evaluate", "--data", folder, "--detail", "--json", "--sheet", sheet)
    assert code == 0, text
    assert set(json.loads(text)) == {"classes", "by_size", "by_light", "by_film", "reliability"}
    assert sheet.exists()


def test_evaluate_tells_a_difference_from_other_weights_and_what_it_is_worth(tmp_path: Path) -> None:
    folder = labelled(tmp_path / "x", "hairnet\n")
    code, text = said("evaluate", "--data", folder, "--against", "kitchen-n", "--json")
    assert code == 0, text
    told = json.loads(text)["against"]
    assert told["weights"].startswith("kitchen-n ")
    assert told["classes"]["head_covered"]["difference"] == 0
    assert told["classes"]["head_covered"]["verdict"] == "few"
    code, text = said("evaluate", "--data", folder, "--against", shipped().folder)
    assert code == 0, text
    assert "AP50 against kitchen-n" in text
    assert re.search(r"head_covered +0\.\d+ +\+0\.000 +– +few +3\n", text)


def test_evaluate_against_weights_that_are_not_there_says_what_was_expected(tmp_path: Path) -> None:
    code, text = said("evaluate", "--data", labelled(tmp_path / "x", "hairnet\n"), "--against", "dragon")
    assert code == 1
    assert "dragon: expected a folder of weights or one of kitchen-n" in text


@pytest.mark.parametrize("option", ["--sheet", "--curve"])
@pytest.mark.parametrize("name", ["mistakes", "mistakes.txt", "nowhere/mistakes.png"])
def test_an_invalid_name_of_a_picture_is_refused_before_the_evaluation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, name: str
) -> None:
    monkeypatch.setattr("vision.evaluation.evaluate", lambda *_, **__: pytest.fail("judged"))
    code, text = said("evaluate", "--data", labelled(tmp_path / "x", "hairnet\n"), option, tmp_path / name)
    assert code == 1
    assert f"{tmp_path / name}: cannot write a picture there; expected a name like mistakes.png" in text


def test_figures_are_printed_even_if_a_picture_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken.png").mkdir()
    folder = labelled(tmp_path / "x", "hairnet\n")
    code, text = said("evaluate", "--data", folder, "--sheet", tmp_path / "taken.png")
    assert code == 1
    assert "head_covered" in text
    assert "cannot write a picture there" in text


def test_the_card_of_the_shipped_weights_is_the_one_beside_them() -> None:
    assert said("card") == (0, (shipped().folder / "CARD.md").read_text())


def test_own_pictures_are_prepared_without_torch(tmp_path: Path) -> None:
    code, text = said("prepare", tmp_path / "out", "--own", labelled(tmp_path / "canteen", "hairnet\n"))
    assert code == 0, text
    assert "own-canteen" in text
    assert len(list((tmp_path / "out").glob("*/own-canteen/images/*.jpg"))) == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("prepare", "out"), "--data"),
        (("sequences", "--code", "dragon"), "no_chef_hat"),
        (("train", ".", "out", "--start", "{pickle}"), "unknown sha256|mingchu\\[train\\]"),
        (("export", "{pickle}", "--data", ".", "--out", "out", "--version", "9"), "unknown sha256"),
        (("export", "{pickle}", "--data", ".", "--out", "out", "--version", "9", "--note", "x"), "KEY=VALUE"),
        (
            ("export", "{pickle}", "--data", ".", "--out", "out", "--version", "9", "--threshold", "cow=0.5"),
            "head_bare",
        ),
        (("export", "{pickle}", "--data", ".", "--out", "out", "--version", "9", "--threshold", "cat=2"), "0 and 1"),
    ],
)
def test_an_error_is_one_line(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    pickle = tmp_path / "some.pt"
    pickle.write_bytes(b"anything")
    code, text = said(*(argument.format(pickle=pickle) for argument in arguments))
    assert code != 0
    assert "Traceback" not in text
    assert re.search(says, text), text


def test_a_resumed_run_keeps_its_plan(tmp_path: Path) -> None:
    code, text = said(
        "train", tmp_path, tmp_path / "run", "--resume", "--lr", "1e-4", "--imgsz", "512", "--workers", "2"
    )
    assert code != 0
    assert "leave out --imgsz, --lr, or" in text


@pytest.mark.parametrize(("quota", "says"), [("own-x=ten", "a number of pictures"), ("own-y=10", "has own-x")])
def test_an_invalid_quota_is_named(tmp_path: Path, quota: str, says: str) -> None:
    (tmp_path / "train" / "own-x").mkdir(parents=True)
    with pytest.raises(Invalid, match=says):
        quotas_of((quota,), tmp_path)


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ("hairnet=head_bear", "one of head_covered, head_bare"),
        ("hed=head_bare", "the start checkpoint has hairnet, no_hairnet"),
    ],
)
def test_an_invalid_head_is_named(head: str, says: str) -> None:
    assert heads_of(("hairnet=head_covered",), ["hairnet", "no_hairnet"]) == {"hairnet": "head_covered"}
    with pytest.raises(Invalid, match=f"--head {head}: .*{says}"):
        heads_of((head,), ["hairnet", "no_hairnet"])
