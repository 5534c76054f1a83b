import stat
from pathlib import Path

import pytest

from deploy.backup import tools
from deploy.backup.errors import BackupError

URL = "postgresql://owner:very-secret@db.example.cn:5433/kitchens?sslmode=require"


def program(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_program_of_the_servers_version_is_preferred_to_a_newer_one() -> None:
    ours = tools.find("pg_dump", at_least=18)
    assert tools.major_of(tools.version_of(ours)) == 18
    older = tools.find("pg_dump", at_least=1)
    assert tools.major_of(tools.version_of(older)) <= 18


def test_a_server_newer_than_every_program_is_told_what_to_install() -> None:
    with pytest.raises(BackupError, match="postgresql-client-99"):
        tools.find("pg_dump", at_least=99)


@pytest.mark.parametrize(
    ("said", "major"), [("pg_dump (PostgreSQL) 18.6", 18), ("pg_dump (PostgreSQL) 19beta2", 19), ("?", -1)]
)
def test_the_version_is_read_from_what_a_program_says(said: str, major: int) -> None:
    assert tools.major_of(said) == major


def test_the_password_is_no_argument_that_others_could_read(tmp_path: Path) -> None:
    spy = program(tmp_path / "spy", f'echo "$@" > {tmp_path}/argv; echo "$PGPASSWORD" > {tmp_path}/env')
    tools.run(spy, ["--x"], URL, code="c")
    argv = (tmp_path / "argv").read_text()
    assert "very-secret" not in argv
    assert "host=db.example.cn" in argv
    assert (tmp_path / "env").read_text() == "very-secret\n"


def test_what_a_failed_program_said_is_told(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"no such table.*it_failed") as refused:
        tools.run(program(tmp_path / "fails", "echo no such table; exit 3"), [], URL, code="it_failed")
    assert "very-secret" not in str(refused.value)
