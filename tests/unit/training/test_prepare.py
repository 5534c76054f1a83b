"""Sources keep their own split and say only what they label."""

from pathlib import Path

from vision.training.classes import CLASS_ID, CLASSES, SIMULATED, SOURCE_CLASSES, labelled_ids
from vision.training.prepare import lay_out, splits, translated


def test_labels_are_renumbered_and_foreign_classes_left_out() -> None:
    lines = "0 0.5 0.5 0.1 0.1\n1 0.2 0.2 0.1 0.1\n"
    text = translated(lines, ["head", "cigarette"], SOURCE_CLASSES["cigarette_head"])
    assert text == f"{CLASS_ID['cigarette']} 0.2 0.2 0.1 0.1\n"


def test_every_mapped_class_exists_and_every_class_has_a_source() -> None:
    named = {name for mapping in SOURCE_CLASSES.values() for name in mapping.values()}
    assert named == set(CLASSES)


def test_a_source_knows_nothing_of_what_it_does_not_label() -> None:
    assert labelled_ids("hairnet_kitchen") == {CLASS_ID["head_covered"], CLASS_ID["head_bare"]}
    assert CLASS_ID["glove"] not in labelled_ids(SIMULATED)


def test_pictures_go_where_their_source_file_says(tmp_path: Path) -> None:
    for name in SOURCE_CLASSES:
        folder = tmp_path / "data" / name
        (folder / "images").mkdir(parents=True)
        (folder / "labels").mkdir()
        (folder / "classes.txt").write_text("\n".join(SOURCE_CLASSES[name]))
        (folder / "sources.csv").write_text("file,split,source\na,train,\nb,test,\n")
        for stem in ("a", "b"):
            (folder / "images" / f"{stem}.jpg").touch()
            (folder / "labels" / f"{stem}.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    assert splits(tmp_path / "data" / "rat_pet") == {"a": "train", "b": "test"}
    lay_out(tmp_path / "data", tmp_path / "out")
    assert (tmp_path / "out/test/rat_pet/images/b.jpg").is_symlink()
    assert (tmp_path / "out/train/rat_pet/labels/a.txt").read_text().startswith(str(CLASS_ID["rat"]))
    assert not (tmp_path / "out/train" / SIMULATED).exists()
