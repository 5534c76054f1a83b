"""Inspect strangers' files in a separate process, which may be killed, crash, or run out of memory alone."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import models
from models.base.errors import PictureBroken, PictureRefused, PictureTooCostly, error_classes
from models.base.jsonio import loads

PROGRAM = "ingest.clips.inspection"
_CODE = Path(models.__file__).parent.parent
_ENVIRONMENT = {
    "PATH": os.defpath,
    "PYTHONPATH": str(_CODE),
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "LANG": "C.UTF-8",
}


def run_apart(kind: str, *paths: Path, timeout_s: float) -> dict[str, Any]:
    """Run `ingest.clips.inspection` in a separate process; return the JSON that it prints.

    Raises:
        PictureRefused: the inspection refused the file, crashed, or took longer than `timeout_s` seconds.
    """
    try:
        done = start_apart(PROGRAM, kind, *map(str, paths), timeout_s=timeout_s)
    except subprocess.TimeoutExpired:
        raise PictureTooCostly(f"it takes more than {timeout_s:g} s to decode") from None
    if done.returncode != 0:
        raise PictureBroken(f"its decoder gave up ({done.returncode})")
    found: dict[str, Any] = loads(done.stdout)
    if "code" in found:
        raise _refusal(str(found["code"]), str(found["detail"]))
    return found


def start_apart(program: str, *arguments: str, timeout_s: float) -> subprocess.CompletedProcess[bytes]:
    """Run one of our programs with file names that we chose, and return what it printed.

    Raises:
        subprocess.TimeoutExpired: it took longer than `timeout_s` seconds, and was killed.
    """
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-P", "-m", program, *arguments],
        env=_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout_s,
        check=False,
    )


def _refusal(code: str, detail: str) -> PictureRefused:
    for known in error_classes():
        if known.code == code and issubclass(known, PictureRefused):
            return known(detail)
    return PictureBroken(detail)
