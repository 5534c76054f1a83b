"""Sources keep their own split, and only the classes that they label are known."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from models.base.errors import Invalid, WeightsRefused
from vision.training.classes import (
    ABSENT,
    CLASS_ID,
    CLASSES,
    COMPLIANT_LACKS,
    SIMULATED,
    SOURCE_CLASSES,
    absent_in,
    labelled_ids,
    labelled_in,
    looked_at,
)
from vision.training.prepare import held_out, lay_out, lay_out_own, pseudo_label, splits, translated
from vision.training.trusted import digest, remember, trusted


def test_labels_are_renumbered_without_foreign_classes(tmp_path: Path) -> None:
    label = tmp_path / "a.txt"
    label.write_text("0 0.5 0.5 0.1 0.1\n1 0.2 0.2 0.1 0.1\n")
    text = translated(label, ["head", "cigarette"], SOURCE_CLASSES["cigarette_head"])
    assert text == f"{CLASS_ID['cigarette']} 0.200000 0.200000 0.100000 0.100000\n"
    with pytest.raises(Invalid, match=r"a\.txt: class 1, but classes\.txt names only 1"):
        translated(label, ["cigarette"], {})


def test_every_mapped_class_exists_and_every_class_has_a_source() -> None:
    named = {name for mapping in SOURCE_CLASSES.values() for name in mapping.values()}
    assert named == set(CLASSES)


def test_unlabelled_classes_of_a_source_are_unknown() -> None:
    assert labelled_ids("hairnet_kitchen") == {CLASS_ID["head_covered"], CLASS_ID["head_bare"]}
    assert CLASS_ID["glove"] not in labelled_ids(SIMULATED)


def test_pictures_are_split_by_their_source_file(tmp_path: Path) -> None:
    for name in SOURCE_CLASSES:
        folder = tmp_path / "data" / name
        (folder / "images").mkdir(parents=True)
        (folder / "labels").mkdir()
        (folder / "classes.txt").write_text("\n".join(SOURCE_CLASSES[name]) or "stove_flame")
        (folder / "sources.csv").write_text("file,split,source\na,train,\nb,test,\n")
        for stem in ("a", "b"):
            (folder / "images" / f"{stem}.jpg").touch()
            (folder / "labels" / f"{stem}.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    assert splits(tmp_path / "data" / "rat_pet") == {"a": "train", "b": "test"}
    lay_out(tmp_path / "data", tmp_path / "out")
    assert (tmp_path / "out/test/rat_pet/images/b.jpg").is_symlink()
    assert (tmp_path / "out/train/rat_pet/labels/a.txt").read_text().startswith(str(CLASS_ID["rat"]))
    assert not (tmp_path / "out/train" / SIMULATED).exists()


def test_every_absent_class_exists_and_is_not_labelled_by_its_source() -> None:
    for source, names in ABSENT.items():
        assert {CLASS_ID[name] for name in names}.isdisjoint(labelled_ids(source))
    assert set(COMPLIANT_LACKS) <= set(CLASSES)


def films(tmp_path: Path, rows: str) -> Path:
    folder = tmp_path / "data" / "cigarette_wide"
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    (folder / "classes.txt").write_text("cigarette")
    (folder / "sources.csv").write_text(f"file,split,source\n{rows}")
    for row in rows.splitlines():
        (folder / "images" / f"{row.split(',')[0]}.jpg").touch()
    return folder


def test_a_source_without_a_test_part_gets_one_of_whole_films(tmp_path: Path) -> None:
    rows = "".join(f"p{i},train,film{i // 3}\n" for i in range(90)) + "v0,val,film90\n"
    folder = films(tmp_path, rows)
    split_of = held_out(folder, splits(folder))
    apart = {i for i in range(90) if split_of[f"p{i}"] == "test"}
    assert apart
    assert {i // 3 * 3 + k for i in apart for k in range(3)} == apart
    assert split_of["v0"] == "val"


def test_a_source_with_a_test_part_keeps_it(tmp_path: Path) -> None:
    folder = films(tmp_path, "".join(f"p{i},train,film{i}\n" for i in range(30)) + "t0,test,film30\n")
    assert held_out(folder, splits(folder)) == splits(folder)


def test_pictures_in_which_nothing_is_wrong_lack_what_would_be(tmp_path: Path) -> None:
    folder = films(tmp_path, "good,train,a\nother,train,a\nt,test,b\n")
    (folder / "compliant.txt").write_text("good\n")
    lay_out(tmp_path / "data", tmp_path / "out")
    made = tmp_path / "out" / "train" / "cigarette_wide"
    assert {CLASSES[i] for i in absent_in(made, "good")} == set(COMPLIANT_LACKS)
    assert absent_in(made, "other") == frozenset()


def own_folder(tmp_path: Path, classes: str) -> Path:
    folder = tmp_path / "canteen"
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    (folder / "classes.txt").write_text(classes)
    for i in range(40):
        (folder / "images" / f"{i}.jpg").touch()
        (folder / "labels" / f"{i}.txt").write_text("1 0.5 0.5 0.1 0.1\n")
    return folder


def test_own_pictures_become_a_source_with_only_its_labelled_classes(tmp_path: Path) -> None:
    name = lay_out_own(own_folder(tmp_path, "hairnet\nno_hairnet\n"), tmp_path / "out")
    assert name == "own-canteen"
    folders = [tmp_path / "out" / split / name for split in ("train", "val", "test")]
    assert sum(len(list((folder / "images").iterdir())) for folder in folders) == 40
    for folder in folders:
        assert labelled_in(folder) == {CLASS_ID["head_covered"], CLASS_ID["head_bare"]}
    label = next((folders[0] / "labels").iterdir())
    assert label.read_text().startswith(f"{CLASS_ID['head_bare']} ")


def test_own_classes_that_the_detector_lacks_are_refused_with_the_list(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"unknown classes apron, wet_floor; .*head_covered, head_bare"):
        lay_out_own(own_folder(tmp_path, "no_hairnet\napron\nwet_floor\n"), tmp_path / "out")


def test_preparing_again_keeps_what_a_teacher_has_added(tmp_path: Path) -> None:
    folder = own_folder(tmp_path, "hairnet\nno_hairnet\n")
    name = lay_out_own(folder, tmp_path / "out")
    label = next((tmp_path / "out" / "train" / name / "labels").iterdir())
    label.write_text(label.read_text() + f"{CLASS_ID['person']} 0.5 0.5 0.2 0.2\n")
    lay_out_own(folder, tmp_path / "out")
    assert len(label.read_text().splitlines()) == 2


def test_a_picture_without_a_label_file_is_empty(tmp_path: Path) -> None:
    folder = own_folder(tmp_path, "hairnet\nno_hairnet\n")
    (folder / "labels" / "7.txt").unlink()
    name = lay_out_own(folder, tmp_path / "out")
    (label,) = (tmp_path / "out").glob(f"*/{name}/labels/7.txt")
    assert label.read_text() == ""


def test_two_folders_of_one_name_are_not_mixed(tmp_path: Path) -> None:
    lay_out_own(own_folder(tmp_path / "a", "hairnet\nno_hairnet\n"), tmp_path / "out")
    with pytest.raises(Invalid, match="rename one of them"):
        lay_out_own(own_folder(tmp_path / "b", "mask\nno_mask\n"), tmp_path / "out")


def test_a_picture_never_is_in_two_splits(tmp_path: Path) -> None:
    folder = own_folder(tmp_path, "hairnet\nno_hairnet\n")
    lay_out_own(folder, tmp_path / "out")
    rows = "".join(f"{i}.jpg,{('train', 'val', 'test')[i % 3]}\n" for i in range(40))
    (folder / "sources.csv").write_text(f"file,split\n{rows}")
    with pytest.raises(Invalid, match="prepare a new folder"):
        lay_out_own(folder, tmp_path / "out")


@pytest.mark.parametrize("last", ["39.jpg,Training", "other.jpg,train"])
def test_a_picture_with_an_unknown_split_is_named(tmp_path: Path, last: str) -> None:
    folder = own_folder(tmp_path, "hairnet\nno_hairnet\n")
    rows = "".join(f"{i}.jpg,train\n" for i in range(39))
    (folder / "sources.csv").write_text(f"file,split\n{rows}{last}\n")
    with pytest.raises(Invalid, match=r"for 39\.jpg; expected train, val, test"):
        lay_out_own(folder, tmp_path / "out")


def test_no_source_at_all_is_refused_with_their_names(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="expected folders named hairnet_kitchen"):
        lay_out(tmp_path, tmp_path / "out")


def test_a_checkpoint_is_opened_only_if_its_sha256_is_known(tmp_path: Path) -> None:
    checkpoint = tmp_path / "last.pt"
    checkpoint.write_bytes(b"a pickle")
    with pytest.raises(WeightsRefused, match="unknown sha256"):
        trusted(checkpoint, sha256=None)
    with pytest.raises(WeightsRefused, match="unknown sha256"):
        trusted(checkpoint, sha256="0" * 64)
    assert trusted(checkpoint, sha256=digest(checkpoint)) == checkpoint
    remember(tmp_path)
    assert trusted(checkpoint, sha256=None) == checkpoint


class Teacher:
    """Detects a person with a high and a phone with a low score in every picture."""

    shown: tuple[str, ...] = ()

    def __init__(self, _: Path) -> None:
        pass

    def predict(self, paths: Sequence[str], *, classes: Sequence[int], **_: object) -> list[SimpleNamespace]:
        Teacher.shown += tuple(Path(path).stem for path in paths)
        sees = [(number, score) for number, score in ((0, 0.9), (67, 0.3)) if number in classes]
        boxes = SimpleNamespace(
            cls=np.array([number for number, _ in sees]),
            conf=np.array([score for _, score in sees]),
            xywhn=np.full((len(sees), 4), 0.5),
        )
        return [SimpleNamespace(boxes=boxes) for _ in paths]


@pytest.fixture
def teacher(monkeypatch: pytest.MonkeyPatch) -> type[Teacher]:
    monkeypatch.setattr(Teacher, "shown", ())
    monkeypatch.setitem(sys.modules, "ultralytics", SimpleNamespace(YOLO=Teacher))
    return Teacher


def prepared(tmp_path: Path, classes: str) -> Path:
    """The training pictures of a folder that labels ``classes``."""
    name = lay_out_own(own_folder(tmp_path, classes), tmp_path / "out")
    return tmp_path / "out" / "train" / name


def test_a_teacher_processes_each_picture_once_including_later_ones(tmp_path: Path, teacher: type[Teacher]) -> None:
    folder = prepared(tmp_path, "hairnet\nno_hairnet\n")
    stems = {path.stem for path in (folder / "images").iterdir()}
    assert looked_at(folder) == {}
    assert pseudo_label(folder, tmp_path) == len(stems)
    assert looked_at(folder) == {stem: [CLASS_ID["phone"]] for stem in stems}
    (folder / "images" / "later.jpg").touch()
    assert "later" not in looked_at(folder)
    assert pseudo_label(folder, tmp_path) == 1
    assert sorted(teacher.shown) == sorted([*stems, "later"])
    assert looked_at(folder).keys() == {*stems, "later"}
    assert (folder / "labels" / "later.txt").read_text() == f"{CLASS_ID['person']} 0.50000 0.50000 0.50000 0.50000\n"
    assert pseudo_label(folder, tmp_path) == 0


def test_a_file_of_an_older_release_applies_to_every_picture(tmp_path: Path, teacher: type[Teacher]) -> None:
    folder = prepared(tmp_path, "hairnet\nno_hairnet\n")
    first, *others = sorted(path.stem for path in (folder / "images").iterdir())
    (folder / "unsure.json").write_text(json.dumps({first: [CLASS_ID["phone"]]}))
    assert looked_at(folder) == {first: [CLASS_ID["phone"]], **{stem: [] for stem in others}}
    assert pseudo_label(folder, tmp_path) == 0
    assert teacher.shown == ()


@pytest.mark.parametrize(
    ("classes", "added", "unsure"), [("hairnet\nperson\n", 0, ["phone"]), ("hairnet\nphone\n", 1, [])]
)
def test_a_teacher_adds_nothing_to_what_a_folder_labels_itself(
    tmp_path: Path, teacher: type[Teacher], classes: str, added: int, unsure: list[str]
) -> None:
    folder = prepared(tmp_path, classes)
    stems = [path.stem for path in (folder / "images").iterdir()]
    assert pseudo_label(folder, tmp_path) == added * len(stems)
    assert looked_at(folder) == {stem: [CLASS_ID[name] for name in unsure] for stem in stems}


def test_a_teacher_skips_a_folder_that_labels_all_its_classes(tmp_path: Path, teacher: type[Teacher]) -> None:
    assert pseudo_label(prepared(tmp_path, "phone\nperson\n"), tmp_path) == 0
    assert teacher.shown == ()
