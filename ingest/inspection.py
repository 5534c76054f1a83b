"""A process for one upload: it decodes what somebody sent to its end, and may be killed, or run out of memory, alone.

`python -m ingest.inspection photo|film FILE` prints one line of JSON: what was found, or `{"code", "detail"}`.
"""

import resource
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2

from ingest.stills import PHOTO, claims, fingerprint, read_to_the_end
from ingest.video.films import read_film
from models.errors import MingchuError, PictureTooCostly
from models.jsonio import dumps

MEMORY = 1_600 * 1024 * 1024
"""On top of what the process has when it begins: a photo of 128 million pixels takes 900 MB."""
CPU_S = 90


def photo(path: Path) -> dict[str, Any]:
    """Look through a photo."""
    content = path.read_bytes()
    found = claims(content, bounds=PHOTO)
    picture = read_to_the_end(content, bounds=PHOTO)
    height, width = picture.shape[:2]
    return {"mime": found.mime, "width": width, "height": height, "fingerprint": fingerprint(picture)}


def film(path: Path) -> dict[str, Any]:
    """Look through a film."""
    return asdict(read_film(path))


_KINDS: dict[str, Callable[[Path], dict[str, Any]]] = {"photo": photo, "film": film}


def bound() -> None:
    """From here on this process dies before it harms anybody."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    cv2.setNumThreads(1)


def main(kind: str, file: str) -> None:
    """Look, and print what was found."""
    bound()
    try:
        found = _KINDS[kind](Path(file))
    except MemoryError:
        found = _refusal(PictureTooCostly("it takes more memory to decode than any honest picture"))
    except MingchuError as error:
        found = _refusal(error)
    sys.stdout.write(dumps(found))


def _refusal(error: MingchuError) -> dict[str, Any]:
    return {"code": error.code, "detail": str(error)}


if __name__ == "__main__":
    main(*sys.argv[1:])
