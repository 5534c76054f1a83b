"""kill -9 in the middle of a backup or a restore leaves nothing that looks whole, and the next one works."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.backup.checking import check_backup
from deploy.backup.manifest import DUMP, LIST, MANIFEST
from deploy.backup.shelf import UNFINISHED, Shelf
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.places import Places
from deploy.stack import StackOptions, prepare_stack
from tests.support.installations import Installation, installation, mingchu, said_by, tables_of


@pytest.fixture(scope="module")
def home() -> Iterator[Installation]:
    with installation() as made:
        yield made


def killed_when(seen: Callable[[], object], *arguments: object) -> bool:
    """Start a command and kill it as soon as something is seen; return whether that was before its end."""
    argv = [sys.executable, "-m", "deploy.cli", *map(str, arguments)]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        if seen():
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            return True
    return False


@pytest.mark.parametrize("moment", ["", DUMP, LIST, "a copied file", MANIFEST])
def test_a_backup(moment: str, home: Installation, tmp_path: Path) -> None:
    root = tmp_path / "b"
    shelf = Shelf(root)

    def seen() -> bool:
        if moment == "a copied file":
            return any(path.is_file() for path in (root / "files").rglob("*"))
        return any(not moment or (left / moment).exists() for left in root.glob(f"{UNFINISHED}*"))

    killed_when(seen, "backup", root, "--data", home.places.data_dir)
    for name in shelf.names():  # the kill may have come too late: then it is whole
        check_backup(shelf, name)
    made = said_by(mingchu("backup", root, "--data", home.places.data_dir, "--json"))
    assert list(root.glob(f"{UNFINISHED}*")) == []
    assert check_backup(shelf, Path(made["folder"]).name).files == len(list(home.files.listing()))


@pytest.mark.parametrize(
    "moment", ["restoring", "postgres/*/data", "evidence/*/*/*", "postgres/*/data/base/*/pg_filenode.map"]
)
def test_a_restore(moment: str, home: Installation, tmp_path: Path) -> None:
    said_by(mingchu("backup", tmp_path / "b", "--data", home.places.data_dir, "--json"))
    with temporary_data_dir() as data:
        killed = killed_when(lambda: any(data.glob(moment)), "restore", tmp_path / "b", "--data", data)
        if killed and Places(data).restoring.exists():
            with pytest.raises(EmbeddedError, match="restore_unfinished"):
                prepare_stack(StackOptions(data_dir=data))
            said_by(mingchu("restore", tmp_path / "b", "--data", data, "--json"))
        with EmbeddedPostgres(data, durable=False).running() as server:
            assert tables_of(server.dsn()) == tables_of(home.url)
        assert not Places(data).restoring.exists()
