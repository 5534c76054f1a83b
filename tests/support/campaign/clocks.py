"""Wall clocks of single processes that a campaign can move."""

import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("shifted_clock.c")
NAMES = ("up", "ingest", "vision", "alerts", "api", "postgres", "mosquitto")
_PACKED = "<q"


class Clocks:
    """Offsets of the processes' wall clocks, in a folder that every user can read."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._library = folder, folder / "shifted_clock.so"
        folder.mkdir(mode=0o755, exist_ok=True)
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", self._library, SOURCE], check=True)
        for name in NAMES:
            self.move(name, 0)

    @staticmethod
    def why_not() -> str | None:
        """Why clocks can't be moved on this machine; None if they can."""
        return None if shutil.which("cc") else "no C compiler (cc) for the shifted clock"

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment so that its clock can be moved."""
        return {"LD_PRELOAD": str(self._library), "MINGCHU_TEST_CLOCKS": str(self._folder)}

    def move(self, name: str, seconds: float) -> None:
        """Set how far a process's clock is off."""
        file = self._folder / name
        with file.open("r+b" if file.exists() else "w+b", buffering=0) as out:
            out.write(struct.pack(_PACKED, int(seconds * 1e9)))
