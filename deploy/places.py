"""Where things lie in a data folder, and the secrets that are made there once."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from models.base.atomic import write_atomically
from models.base.jsonio import dumps, loads

PLATFORM_USERS = ("mingchu-ingest", "mingchu-vision")
_PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class Places:
    """Layout of a data folder."""

    data_dir: Path

    @property
    def evidence(self) -> Path:
        """Evidence files, by sha256."""
        return self.data_dir / "evidence"

    @property
    def secrets(self) -> Path:
        """Secrets of the platform's own roles at the broker, one file each, for nobody else to read."""
        return self.data_dir / "secrets"

    @property
    def endpoints(self) -> Path:
        """Addresses of the running stack, for other commands of the same user."""
        return self.data_dir / "run" / "endpoints.json"

    @property
    def node_secrets(self) -> Path:
        """Secrets of nodes in clear: only for the broker `iotcore`, which knows no hashes."""
        return self.secrets / "nodes.json"

    def prepare(self) -> None:
        """Make the folders and the platform's secrets."""
        for folder in (self.data_dir, self.evidence, self.secrets):
            folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
        for user in PLATFORM_USERS:
            path = self.secrets / user
            if not path.exists():
                write_atomically(path, secrets.token_urlsafe(24))

    def platform_secret(self, user: str) -> str:
        """The secret of a platform role at the broker."""
        return (self.secrets / user).read_text(encoding="utf-8")

    def known_node_secrets(self) -> dict[str, str]:
        """Secrets of nodes that were kept in clear."""
        if not self.node_secrets.exists():
            return {}
        return {str(k): str(v) for k, v in loads(self.node_secrets.read_bytes()).items()}

    def keep_node_secret(self, node_id: str, secret: str) -> None:
        """Keep a node's secret in clear, readable by this user only."""
        self.secrets.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
        write_atomically(self.node_secrets, dumps({**self.known_node_secrets(), node_id: secret}))


def database_url_of(places: Places) -> str | None:
    """The database that MINGCHU_DATABASE_URL names, else that of the last stack on this folder; None before one."""
    endpoints = Endpoints.load(places)
    return os.environ.get("MINGCHU_DATABASE_URL") or (None if endpoints is None else endpoints.database_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Addresses of a running stack; no secret in them. `broker` is its kind: mosquitto, iotcore, external.

    Attributes:
        mqtt_url: where nodes reach the broker.
        roles_mqtt_url: where the platform's own roles do.
        console_url: where this machine finds the API and the console.
        public_url: where others find them, as far as this machine can tell.
    """

    database_url: str
    mqtt_url: str
    broker: str
    console_url: str
    metrics: dict[str, int]
    roles_mqtt_url: str = ""
    public_url: str = ""

    def save(self, places: Places) -> None:
        """Write them down for other commands."""
        places.endpoints.parent.mkdir(parents=True, exist_ok=True)
        body = {
            "database_url": self.database_url,
            "mqtt_url": self.mqtt_url,
            "broker": self.broker,
            "console_url": self.console_url,
            "metrics": self.metrics,
            "roles_mqtt_url": self.roles_mqtt_url,
            "public_url": self.public_url,
        }
        write_atomically(places.endpoints, dumps(body))

    @classmethod
    def load(cls, places: Places) -> "Endpoints | None":
        """Those of the last stack on this folder, running or not."""
        if not places.endpoints.exists():
            return None
        return cls(**loads(places.endpoints.read_bytes()))
