"""The data folder and its lock."""

import os
from pathlib import Path

import pytest

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.folder import (
    DataLock,
    default_data_dir,
    prepare_data_dir,
    short_socket_dir,
    temporary_data_dir,
)


def test_a_locked_folder_refuses_a_second_process_and_names_the_first(tmp_path: Path) -> None:
    with DataLock(tmp_path), pytest.raises(EmbeddedError) as refused:
        DataLock(tmp_path).acquire()
    assert refused.value.code == "data_folder_busy"
    assert f"process {os.getpid()}" in refused.value.message


def test_a_released_folder_can_be_taken_again(tmp_path: Path) -> None:
    with DataLock(tmp_path):
        pass
    with DataLock(tmp_path) as lock:
        holder = lock.holder()
    assert holder is not None
    assert holder[0] == os.getpid()


def test_a_lock_file_with_invalid_content_still_locks(tmp_path: Path) -> None:
    (tmp_path / "mingchu.lock").write_text("not json")
    assert DataLock(tmp_path).holder() is None
    with DataLock(tmp_path):
        pass


def test_a_short_path_uses_its_own_socket_folder(tmp_path: Path) -> None:
    folder = short_socket_dir(tmp_path / "run" / "s", "pg", name_length=5, owner=os.geteuid())
    assert folder == tmp_path / "run" / "s"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_long_path_gets_a_short_private_socket_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    long = tmp_path / ("x" * 120)
    folder = short_socket_dir(long, "pg", name_length=20, owner=os.geteuid())
    try:
        assert len(os.fsencode(folder)) + 21 <= 100
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder == short_socket_dir(long, "pg", name_length=20, owner=os.geteuid())
    finally:
        folder.rmdir()


@pytest.mark.parametrize("trap", ["link", "open", "file"])
def test_a_socket_folder_that_somebody_else_laid_out_is_refused(tmp_path: Path, trap: str) -> None:
    folder = tmp_path / "s"
    if trap == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "elsewhere")
    elif trap == "open":
        folder.mkdir()
        folder.chmod(0o777)
    else:
        folder.write_text("")
    with pytest.raises(EmbeddedError) as refused:
        short_socket_dir(folder, "pg", name_length=5, owner=os.geteuid())
    assert refused.value.code == "socket_folder_unsafe"


def test_the_folder_follows_the_users_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    assert default_data_dir() == Path("/somewhere/mingchu")
    monkeypatch.setenv("XDG_DATA_HOME", "relative/is/ignored")
    assert default_data_dir() == Path.home() / ".local/share/mingchu"


def test_root_does_not_keep_data_below_its_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_data_dir() == Path("/var/lib/mingchu")


def test_only_root_opens_the_way_for_service_users(tmp_path: Path) -> None:
    data = prepare_data_dir(tmp_path / "data")
    expected = 0o711 if os.geteuid() == 0 else 0o700
    assert data.stat().st_mode & 0o777 == expected


def test_a_temporary_folder_is_gone_afterwards() -> None:
    with temporary_data_dir() as data:
        (data / "file").write_text("")
    assert not data.exists()
