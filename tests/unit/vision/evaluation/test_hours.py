"""Hours of correct dress: which frames count, what varies in them, and what is counted as false."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.base.errors import Invalid
from tests.support.scripted import ENTRY, SIDE, Scripted
from vision.engines.detector import Detector
from vision.evaluation.hours import (
    Course,
    Still,
    as_rows,
    compliant_in,
    footage_in,
    per_day,
    play,
    thinned,
    varied,
    with_rows_of,
)
from vision.judging.rules import default_rules
from vision.pictures.decode import decode
from vision.pictures.quality import LASTS_S, LEARNT_S, PictureHealth

BARE = (1, 0.9, SIDE / 2, SIDE / 3, 16, 12)
MINUTES = Course(seconds=300, pictures=4)
COVERED, UNCOVERED = "0 0.5 0.33 0.25 0.2\n", "1 0.5 0.33 0.25 0.2\n"


def kitchen() -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    rng = np.random.default_rng(1)
    return np.kron(rng.integers(30, 220, (9, 16, 3)), np.ones((20, 20, 1))).astype(np.uint8)


def folder_of(path: Path, labels: dict[str, str], *, compliant: str | None = None) -> Path:
    (path / "images").mkdir(parents=True)
    (path / "labels").mkdir()
    (path / "classes.txt").write_text("hairnet\nno_hairnet\n")
    rows = "".join(f"{stem},test,tapo_kitchen_1\n" for stem in labels)
    (path / "sources.csv").write_text(f"file,split,source\n{rows}")
    for stem, label in labels.items():
        cv2.imwrite(str(path / "images" / f"{stem}.jpg"), kitchen())
        (path / "labels" / f"{stem}.txt").write_text(label)
    if compliant is not None:
        (path / "compliant.txt").write_text(compliant)
    return path


def still_of(path: Path) -> Still:
    cv2.imwrite(str(path / "one.png"), kitchen())
    return Still(path=path / "one.png", folder="data", split="test", film="tapo_kitchen_1")


def test_the_list_of_a_folder_says_what_is_compliant_else_its_labels(tmp_path: Path) -> None:
    labels = {"a": COVERED, "b": COVERED + UNCOVERED, "c": "", "d": COVERED}
    listed = compliant_in(folder_of(tmp_path / "listed", labels, compliant="d\na\n"))
    assert [still.path.stem for still in listed] == ["a", "d"]
    assert (listed[0].folder, listed[0].split, listed[0].kind) == ("listed", "test", "counter")
    labelled = compliant_in(folder_of(tmp_path / "labelled", labels))
    assert [still.path.stem for still in labelled] == ["a", "d"]


def test_a_list_or_folder_without_such_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"compliant\.txt: z is no picture"):
        compliant_in(folder_of(tmp_path / "unknown", {"a": COVERED}, compliant="z\n"))
    with pytest.raises(Invalid, match="0 stills"):
        compliant_in(folder_of(tmp_path / "bare", {"a": UNCOVERED}))
    with pytest.raises(Invalid, match="0 stills"):
        footage_in(tmp_path)


def test_stills_of_footage_count_where_every_head_is_covered(tmp_path: Path) -> None:
    for stem, label in {"a": COVERED, "b": UNCOVERED, "c": ""}.items():
        cv2.imwrite(str(tmp_path / f"{stem}.jpg"), kitchen())
        (tmp_path / f"{stem}.txt").write_text(label)
    assert [still.path.stem for still in footage_in(tmp_path)] == ["a"]


def test_frames_of_a_still_differ_as_those_of_a_fixed_camera_and_repeat_by_their_seed() -> None:
    frames = varied(kitchen(), count=3, seed=5)
    assert frames == varied(kitchen(), count=3, seed=5)
    assert len(set(frames)) == 3
    assert varied(kitchen(), count=3, seed=6)[0] not in frames
    pictures = [decode(frame, long_side=320).astype(np.float32) for frame in frames]
    inner = [cv2.GaussianBlur(one, (0, 0), 3) for one in (*pictures, kitchen().astype(np.float32))]
    # The same scene at the same brightness and place, but no two frames alike.
    assert max(float(np.abs(one - inner[-1]).mean()) for one in inner[:-1]) < 12
    assert min(float(np.abs(one - pictures[0]).mean()) for one in pictures[1:]) > 1


def test_the_health_of_the_picture_has_nothing_to_say_of_such_frames() -> None:
    frames = [decode(frame, long_side=320) for frame in varied(kitchen(), count=8, seed=1)]
    health, rng = PictureHealth(), np.random.default_rng(1)
    for second in range(int(LEARNT_S + 3 * LASTS_S)):
        health.look(frames[int(rng.integers(8))], at_s=float(second))
    assert health.wrong is None


def test_what_is_seen_all_the_time_opens_once_after_the_dwell_time(tmp_path: Path) -> None:
    hour = play(Detector(ENTRY, Scripted(BARE)), default_rules(), still_of(tmp_path), MINUTES)
    assert hour.opened == (("no_chef_hat", 5.0),)
    nothing = play(Detector(ENTRY, Scripted()), default_rules(), still_of(tmp_path), MINUTES)
    assert nothing.opened == ()


def test_the_detector_runs_once_for_each_different_picture(tmp_path: Path) -> None:
    class Counting(Scripted):
        runs = 0

        def infer(self, canvases):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as its base
            Counting.runs += 1
            return super().infer(canvases)

    play(Detector(ENTRY, Counting()), default_rules(), still_of(tmp_path), MINUTES)
    assert 0 < Counting.runs <= MINUTES.pictures


def test_rows_count_by_folder_split_and_kind_of_camera(tmp_path: Path) -> None:
    still = still_of(tmp_path)
    hours = [play(Detector(ENTRY, Scripted(BARE)), default_rules(), still, MINUTES)]
    (row,) = as_rows([*hours, play(Detector(ENTRY, Scripted()), default_rules(), still, MINUTES)])
    assert (row["folder"], row["split"], row["kind"], row["stills"]) == ("data", "test", "counter", 2)
    assert row["hours"] == pytest.approx(600 / 3600, abs=1e-3)
    assert row["false"] == {"no_chef_hat": 1}
    assert row["raised_by"] == {"one": {"no_chef_hat": 1}}
    assert per_day(1, 0.5) == 48


def test_films_are_thinned_evenly_and_each_for_itself() -> None:
    stills = [
        Still(path=Path(f"{film}{number}"), folder="data", split="test", film=film)
        for film, count in (("a", 10), ("b", 2))
        for number in range(count)
    ]
    assert [still.path.name for still in thinned(stills, most=4)] == ["a0", "a2", "a5", "a7", "b0", "b1"]
    assert thinned(stills, most=100) == stills


def test_rows_of_other_folders_stay_if_they_were_played_alike() -> None:
    row = {"folder": "a", "split": "test", "kind": "film", "stills": 1}
    before = {"rules": "1", "minutes": 60, "rows": [row, {**row, "folder": "b"}]}
    now = {"rules": "1", "minutes": 60, "rows": [{**row, "stills": 2}]}
    assert with_rows_of(before, now) == {**now, "rows": [{**row, "stills": 2}, {**row, "folder": "b"}]}
    assert with_rows_of({**before, "rules": "0"}, now) == now
