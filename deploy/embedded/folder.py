"""The data folder: its default path, its lock, and its private sub-folders."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.embedded.errors import EmbeddedError

OTHERS_MAY_PASS = 0o711
PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
LONGEST_SOCKET_PATH = 100  # the kernel allows 107 bytes; some clients count the closing NUL twice


def default_data_dir() -> Path:
    """Return the default data folder.

    For root `/var/lib/mingchu`, because the unprivileged users of PostgreSQL and the broker cannot enter root's home;
    for other users `$XDG_DATA_HOME/mingchu`.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/mingchu")
    home = os.environ.get("XDG_DATA_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".local/share") / "mingchu"


def prepare_data_dir(data_dir: Path) -> Path:
    """Create the data folder and return it; as root, let service users pass through it (never through its parents)."""
    data_dir = data_dir.expanduser().resolve()
    data_dir.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    if os.geteuid() == 0 and data_dir.stat().st_uid == 0:
        data_dir.chmod(stat.S_IMODE(data_dir.stat().st_mode) | OTHERS_MAY_PASS)
    return data_dir


def passable_folder(path: Path) -> Path:
    """Create a folder that service users may pass through but not list, whatever the umask, and return it."""
    path.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    if os.geteuid() == 0:
        path.chmod(OTHERS_MAY_PASS)
    return path


@contextlib.contextmanager
def temporary_data_dir() -> Iterator[Path]:
    """Create a temporary data folder that works for root too; folders below pytest's `tmp_path` (0700) do not."""
    folder = Path(tempfile.mkdtemp(prefix="mingchu-"))
    try:
        yield prepare_data_dir(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def short_socket_dir(preferred: Path, purpose: str, *, name_length: int, owner: int) -> Path:
    """Return a private folder whose path leaves room for a Unix socket.

    Args:
        preferred: Folder to use if its path is short enough.
        purpose: Word for the folder's name elsewhere, for example `pg`.
        name_length: Bytes of the longest file name that will be put into it.
        owner: User id that must own it; as root this may be a service user.

    Returns:
        The folder, created with mode 0700, owned by `owner`, and not a link.

    Raises:
        EmbeddedError: `socket_folder_unsafe` if another user holds the name.
    """
    if len(os.fsencode(preferred)) + 1 + name_length <= LONGEST_SOCKET_PATH:
        passable_folder(preferred.parent)
        return _private_folder(preferred, owner)
    key = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:16]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and Path(runtime).is_dir() and owner == os.geteuid() != 0:
        return _private_folder(Path(runtime) / f"mingchu-{purpose}-{key}", owner)
    return _private_folder(Path("/tmp") / f"mingchu-{purpose}-{owner}-{key}", owner)  # noqa: S108 - verified


def _private_folder(folder: Path, owner: int) -> Path:
    """Create `folder` for `owner` only, or accept it if it exists with that owner and mode 0700. Return it."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=PRIVATE_FOLDER)
    found = folder.lstat()
    ours = found.st_uid in {owner, os.geteuid()}  # root owns it if a kill came before the chown
    if not ours or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o777 != PRIVATE_FOLDER:
        raise EmbeddedError(
            "socket_folder_unsafe",
            f"{folder} must be a folder of user id {owner} with mode 0700, "
            f"found owner {found.st_uid} and mode {stat.filemode(found.st_mode)}",
            "Remove it, or choose a data folder with a shorter path.",
        )
    if found.st_uid != owner:
        os.chown(folder, owner, -1, follow_symlinks=False)
    return folder


class DataLock:
    """The lock of a data folder: a `flock` that the kernel releases when the holder dies, however it dies.

    The lock file names the holder (`pid`, `started_at`), for people and for the error message of a second process.
    """

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "mingchu.lock"
        self._handle: int | None = None

    def acquire(self) -> None:
        """Lock the folder for this process.

        Raises:
            EmbeddedError: `data_folder_busy`, naming the process that holds it.
        """
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise self._busy() from error
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps({"pid": os.getpid(), "started_at": datetime.now(UTC).isoformat()}).encode())
        self._handle = handle

    def _busy(self) -> EmbeddedError:
        pid, since = self.holder() or ("unknown", "an unknown time")
        return EmbeddedError(
            "data_folder_busy",
            f"{self.path.parent} is in use by process {pid} since {since}",
            "Stop that process, or choose another data folder.",
        )

    def holder(self) -> tuple[int, str] | None:
        """Return pid and start time written by the current or last holder; None if there was none."""
        try:
            written = json.loads(self.path.read_text(encoding="utf-8"))
            return int(written["pid"]), str(written["started_at"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def release(self) -> None:
        """Release the lock; does nothing if it is not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
