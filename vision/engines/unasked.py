"""Switch off what Ultralytics does on its own: installing packages, printing."""

import os


def nothing_installed() -> None:
    """Keep Ultralytics from installing missing packages by pip. It reads this setting once, at its first import."""
    os.environ.setdefault("YOLO_AUTOINSTALL", "False")


def nothing_done_unasked() -> None:
    """Also keep it from printing progress to standard output, which is for results."""
    nothing_installed()
    os.environ.setdefault("YOLO_VERBOSE", "False")
