from pathlib import Path

import pytest

from deploy.backup.errors import BackupError
from deploy.backup.shelf import LEAVING, UNFINISHED, Shelf, shelf_and_name


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    found = Shelf(tmp_path / "b")
    found.make()
    return found


def code_of(call: object, *arguments: object) -> str:
    with pytest.raises(BackupError) as refused:
        call(*arguments)  # type: ignore[operator]
    return refused.value.code


def test_a_folder_with_something_else_is_no_place_for_backups(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    assert code_of(Shelf(tmp_path).make) == "backup_folder_taken"


def test_one_backup_at_a_time(shelf: Shelf) -> None:
    with shelf.alone():
        assert code_of(shelf.alone().__enter__) == "backup_running"
    with shelf.alone():
        pass


def test_what_was_left_unfinished_is_removed_and_is_never_a_backup(shelf: Shelf) -> None:
    for name in (f"{UNFINISHED}20261129T101500.000Z", f"{LEAVING}20261129T101500.000Z"):
        (shelf.root / name).mkdir()
    assert shelf.names() == []
    assert code_of(shelf_and_name, shelf.root) == "backup_not_found"
    with shelf.alone():
        assert {entry.name for entry in shelf.root.iterdir()} == {".lock"}


def test_a_clock_that_went_back_makes_no_backup_that_looks_older(shelf: Shelf) -> None:
    (shelf.root / "29991231T235959.000Z").mkdir()
    assert code_of(shelf.new_name) == "backup_clock"


def test_a_path_of_a_backup_and_of_its_folder_name_it(shelf: Shelf) -> None:
    for name in ("20261129T101500.000Z", "20261130T101500.000Z"):
        (shelf.root / name).mkdir()
        (shelf.root / name / "manifest.json").touch()
    assert shelf_and_name(shelf.root)[1] == "20261130T101500.000Z"
    assert shelf_and_name(shelf.root / "20261129T101500.000Z")[1] == "20261129T101500.000Z"
