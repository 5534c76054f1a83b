"""What Ultralytics does not do here unless it is asked."""

import os


def nothing_installed() -> None:
    """Keep Ultralytics from running pip for what it misses. It reads this once, when it is first imported."""
    os.environ.setdefault("YOLO_AUTOINSTALL", "False")


def nothing_done_unasked() -> None:
    """Keep it from talking on standard output, too, where its answers are wanted and not its progress."""
    nothing_installed()
    os.environ.setdefault("YOLO_VERBOSE", "False")
