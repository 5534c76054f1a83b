"""Second processes of some roles beside `mingchu up`, restarted when they end, as systemd or Kubernetes would."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.embedded.ports import free_port
from deploy.places import Endpoints, Places
from deploy.stack import metrics_at
from models.base import sealed

ROLES = ("ingest", "vision", "alerts")
NAME = "b"
_AGAIN_AFTER_S = 1.0


class Replica:
    """One second process of a role."""

    def __init__(self, role: str, environment: Mapping[str, str], *, log: Path) -> None:
        self.role, self.port = role, free_port()
        self._environment = {**environment, "MINGCHU_METRICS_PORT": str(self.port)}
        self._log, self._stop = log, threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name=f"replica-{role}", daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        argv = [sys.executable, "-m", "deploy.cli", self.role, "--replica", NAME]
        while not self._stop.is_set():
            try:
                with self._log.open("ab") as log:
                    self._process = subprocess.Popen(argv, env=self._environment, stdout=log, stderr=log)
                self._process.wait()
            except OSError:  # the disk is full: its log can't be opened
                self._process = None
            self._stop.wait(_AGAIN_AFTER_S)

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def metrics(self) -> dict[str, float]:
        return metrics_at(self.port)

    @property
    def is_ready(self) -> bool:
        return self.metrics.get("mingchu_role_ready") == 1

    def stop(self) -> None:
        self._stop.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(60)


@contextmanager
def second_processes(data: Path, endpoints: Endpoints, environment: Mapping[str, str]) -> Iterator[dict[str, Replica]]:
    """Run a second process of each of `ROLES` on a running platform; by role."""
    places = Places(data)
    shared = {
        **os.environ,
        **environment,
        "MINGCHU_DATA": str(data),
        "MINGCHU_DATABASE_URL": endpoints.database_url,
        "MINGCHU_MQTT_URL": endpoints.roles_mqtt_url,
        "MINGCHU_MQTT_IDS_BOUND": "true",
        "MINGCHU_EVIDENCE_DIR": str(places.evidence),
        "MINGCHU_PUBLIC_URL": endpoints.public_url or endpoints.console_url,
        "MINGCHU_SIGNING_KEY_FILE": str(places.signing_key),
        sealed.FILE: str(places.secret_key),
    }
    with ExitStack() as stack:
        found: dict[str, Replica] = {}
        for role in ROLES:
            user = f"mingchu-{role}"
            own = {"MINGCHU_MQTT_USERNAME": user, "MINGCHU_MQTT_PASSWORD_FILE": str(places.secrets / user)}
            one = Replica(
                role, {**shared, **(own if role != "alerts" else {})}, log=data / "logs" / f"{role}-{NAME}.log"
            )
            stack.callback(one.stop)
            found[role] = one
        yield found
