"""What Ultralytics does not do here unless it is asked."""

import os


def nothing_installed() -> None:
    """Keep Ultralytics from running pip for what it misses. It reads this once, when it is first imported."""
    os.environ.setdefault("YOLO_AUTOINSTALL", "False")
