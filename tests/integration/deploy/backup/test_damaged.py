"""A backup that was damaged, or that somebody made to do harm, is refused: what, and where."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.backup.manifest import DUMP, KEYS, LIST, MANIFEST, Manifest, piece_of
from deploy.embedded.folder import temporary_data_dir
from models.evidence.verifier import record_hash
from tests.support.installations import Installation, mingchu, said_by


@pytest.fixture(scope="module")
def whole(home: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    (folder / "passphrase").write_text("correct horse battery")
    arguments = ("--data", home.places.data_dir, "--with-keys", "--passphrase-file", folder / "passphrase", "--json")
    said_by(mingchu("backup", folder / "b", *arguments))
    return folder / "b"


@pytest.fixture
def shelf(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "b")


def folder_of(shelf: Path) -> Path:
    return next(entry for entry in shelf.iterdir() if entry.name.endswith("Z"))


def a_file_of(shelf: Path) -> Path:
    return next(path for path in sorted((shelf / "files").rglob("*")) if path.is_file())


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def rewrite(folder: Path, change: Callable[[dict], object]) -> None:  # type: ignore[type-arg]
    """Change the manifest as somebody would who knows how it is made."""
    body = json.loads((folder / MANIFEST).read_text())["manifest"]
    change(body)
    (folder / MANIFEST).write_text(json.dumps({"manifest": body, "sha256": record_hash(body)}))


def relist(folder: Path, text: str) -> None:
    """Replace the list, with the manifest fitting."""
    (folder / LIST).write_text(text)
    rewrite(folder, lambda body: body.update(list=piece_of(folder / LIST).model_dump()))


def link_away(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "one byte of the dump": (lambda s: flip(folder_of(s) / DUMP, 5000), "database.dump: changed"),
    "a truncated dump": (lambda s: os.truncate(folder_of(s) / DUMP, 5000), "database.dump: 5000 bytes, expected"),
    "no dump": (lambda s: (folder_of(s) / DUMP).unlink(), "database.dump: No such file"),
    "one byte of the keys": (lambda s: flip(folder_of(s) / KEYS, 30), "keys.sealed: changed"),
    "one byte of the list": (lambda s: flip(folder_of(s) / LIST, 3), "files.txt: changed"),
    "one byte of the manifest": (lambda s: flip(folder_of(s) / MANIFEST, 40), "manifest.json"),
    "a truncated manifest": (lambda s: os.truncate(folder_of(s) / MANIFEST, 100), "manifest.json"),
    "an empty manifest": (lambda s: os.truncate(folder_of(s) / MANIFEST, 0), "manifest.json"),
    "a manifest that is a list": (lambda s: (folder_of(s) / MANIFEST).write_text("[[[[]]]]"), "manifest.json"),
    "a manifest without end": (lambda s: (folder_of(s) / MANIFEST).write_text("[" * 5_000_000), "manifest.json"),
    "a picture of terabytes": (lambda s: os.truncate(a_file_of(s), 2**41), "found 2199023255552 bytes"),
    "one byte of a picture": (lambda s: flip(a_file_of(s), 100), "was changed"),
    "no picture": (lambda s: a_file_of(s).unlink(), "is missing in"),
    "a link as picture": (lambda s: link_away(a_file_of(s)), "expected a file, found something else"),
    "a pipe as dump": (lambda s: pipe(folder_of(s) / DUMP), "database.dump: expected a file"),
    "a path in the list": (
        lambda s: relist(folder_of(s), "../../../../etc/passwd 10 x\n"),
        "line 1 is not `sha256 bytes evidence`",
    ),
    "an endless line": (lambda s: relist(folder_of(s), "a" * 1_000_000), "line 1 is not"),
    "a path in the manifest": (
        lambda s: rewrite(folder_of(s), lambda body: body["dump"].update(file="../../x")),
        "dump.file: Extra inputs are not permitted",
    ),
    "a path as sha256": (
        lambda s: rewrite(folder_of(s), lambda body: body["dump"].update(sha256="../../etc/passwd")),
        "dump.sha256: String should match",
    ),
    "a future format": (lambda s: rewrite(folder_of(s), lambda body: body.update(format=2)), "format 2, expected 1"),
    "a future schema": (
        lambda s: rewrite(folder_of(s), lambda body: body.update(revision="9999")),
        "revision 9999 of a newer mingchu",
    ),
    "fewer files than told": (
        lambda s: rewrite(folder_of(s), lambda body: body.update(files=body["files"] + 1)),
        "files, expected",
    ),
    "the manifest of another": (
        lambda s: rewrite(folder_of(s), lambda body: body.update(name="20200101T000000.000Z")),
        "holds the manifest of backup 2020",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_it_is_refused_before_anything_is_restored(damage: str, shelf: Path) -> None:
    harm, said = DAMAGE[damage]
    harm(shelf)
    with temporary_data_dir() as data:
        refused = mingchu("restore", shelf, "--data", data)
        assert refused.exit_code == 1
        assert said in refused.output
        assert "Traceback" not in refused.output
        assert refused.exception is None or isinstance(refused.exception, SystemExit)
        assert list(data.iterdir()) == []


def test_a_dump_that_does_not_fit_its_manifest_is_never_put_in_place(shelf: Path) -> None:
    """The sums fit, the database does not: events are missing that the manifest promises."""
    rewrite(folder_of(shelf), lambda body: body["feed"].update(last=body["feed"]["last"] + 1))
    with temporary_data_dir() as data:
        refused = mingchu("restore", shelf, "--data", data)
        assert refused.exit_code == 1
        assert "feed: last is" in refused.output
        assert (data / "restoring").exists()


def test_a_folder_in_use_and_a_wrong_passphrase_are_refused(home: Installation, shelf: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("another passphrase")
    with temporary_data_dir() as data:
        refused = mingchu("restore", shelf, "--data", data, "--passphrase-file", wrong)
        assert (refused.exit_code, "passphrase_wrong" in refused.output, list(data.iterdir())) == (1, True, [])
    wrong.write_text("short")
    assert "passphrase_refused" in mingchu("restore", shelf, "--passphrase-file", wrong).output
    taken = mingchu("restore", shelf, "--data", home.places.data_dir)
    assert (taken.exit_code, "restore_not_empty" in taken.output) == (1, True)
    foreign = mingchu("backup", home.places.data_dir, "--data", home.places.data_dir)
    assert (foreign.exit_code, "backup_folder_taken" in foreign.output) == (1, True)


def test_no_key_is_readable_in_a_backup(home: Installation, whole: Path) -> None:
    folder = folder_of(whole)
    assert Manifest.read(folder).keys is not None
    secrets = [path.read_bytes().strip() for path in home.places.secrets.iterdir()]
    assert len(secrets) >= 4
    for path in folder.iterdir():
        content = path.read_bytes()
        assert [secret for secret in secrets if secret in content] == []
        assert path.stat().st_mode & 0o077 == 0
