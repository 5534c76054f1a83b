"""Replace a file in one step."""

import os
import tempfile
from pathlib import Path

PRIVATE_FILE = 0o600


def write_atomically(path: Path, text: str, *, mode: int = PRIVATE_FILE, owner: tuple[int, int] | None = None) -> None:
    """Replace a file in one step; readers see the old text or the new one, even after a crash.

    Args:
        path: The file.
        text: Its new content.
        mode: Its permissions, set before the content is visible.
        owner: User and group id of the new owner; has an effect only as root.

    Raises:
        OSError: the disk is full or the folder is not writable; the old file is unchanged.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(handle, mode)
            if owner is not None and os.geteuid() == 0:
                os.fchown(handle, *owner)
            os.fsync(handle)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
