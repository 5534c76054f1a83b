"""The kitchens' process of a campaign, and what it says of itself."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.campaign.kitchens import Ledger, ledger_of

FRESH_S = 3.0


class Fleet:
    """Starts the kitchens, kills them, starts them again, and keeps their last report."""

    def __init__(self, plan: dict[str, Any], *, inside: Sequence[str]) -> None:
        self.folder = Path(plan["folder"])
        self.nodes: list[dict[str, Any]] = plan["nodes"]
        self._plan = self.folder / "plan.json"
        self._plan.write_text(json.dumps(plan))
        self._inside, self._log = inside, self.folder / "kitchens.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._said: tuple[float, dict[str, Any]] = (float("-inf"), {})
        self._quiet = False

    def start(self) -> None:
        # The platform's clocks are moved, never the kitchens'.
        environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        argv = [*self._inside, sys.executable, "-m", "tests.support.campaign.kitchens", str(self._plan)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=log, env=environment)
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()
        if self._quiet:
            self.quieten()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout as out:
            for line in out:
                with contextlib.suppress(ValueError):
                    self._said = time.monotonic(), json.loads(line)
                    if self._quiet:
                        process.send_signal(signal.SIGUSR1)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def state(self) -> dict[str, dict[str, Any]]:
        """What each node last said of itself; empty if that is not fresh."""
        at, said = self._said
        return said if time.monotonic() - at < FRESH_S else {}

    def ledger(self, device: str) -> Ledger:
        return ledger_of(self.folder, device)

    @property
    def devices(self) -> list[str]:
        return [device for node in self.nodes for device in node["sensors"]]

    def sent(self) -> dict[str, int]:
        """How many readings of each node its ledgers hold."""
        return {node["node"]: sum(len(self.ledger(device)) for device in node["sensors"]) for node in self.nodes}

    def acknowledged(self) -> dict[str, int]:
        """How many readings of each node have their receipt; empty if that is not known now."""
        return {name: node["sent"] - node["waiting"] for name, node in self.state().items()}

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._said = float("-inf"), {}

    def quieten(self) -> None:
        """Send nothing new; what waits is sent until its receipts are there."""
        self._quiet = True

    def all_receipted(self) -> bool:
        state = self.state()
        return self._quiet and bool(state) and all(node["waiting"] == 0 for node in state.values())

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
