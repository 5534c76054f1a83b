"""The `mingchu up` of a campaign's present segment."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.places import Endpoints
from tests.support.platform import children_of


@dataclass(frozen=True, slots=True)
class Running:
    """Its data folder, its process, and where it answers."""

    data: Path
    process: subprocess.Popen[bytes]
    endpoints: Endpoints

    def children(self) -> dict[str, dict[str, object]]:
        return children_of(self.data)
