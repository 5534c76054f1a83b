"""Paths in a data folder, and the secrets that are created there once."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from models.base.atomic import write_atomically
from models.base.jsonio import dumps, loads
from models.base.sealed import make_keys
from models.base.settings import database_url_in
from models.evidence.signing import make_key

PLATFORM_USERS = ("mingchu-ingest", "mingchu-vision")
_PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class Places:
    """Paths of a data folder."""

    data_dir: Path

    @property
    def evidence(self) -> Path:
        """Folder of evidence files, by sha256."""
        return self.data_dir / "evidence"

    @property
    def secrets(self) -> Path:
        """Folder of the roles' secrets at the broker, one file each, readable by this user only."""
        return self.data_dir / "secrets"

    @property
    def signing_key(self) -> Path:
        """File with the key that signs the feed's daily digests."""
        return self.secrets / "feed-signing-key.pem"

    @property
    def secret_key(self) -> Path:
        """File with the keys that encrypt secrets in the database."""
        return self.secrets / "database-keys"

    @property
    def tls(self) -> Path:
        """Folder of the certificates of `mingchu tls`."""
        return self.secrets / "tls"

    @property
    def endpoints(self) -> Path:
        """File with the addresses of the running stack, for other commands of the same user."""
        return self.data_dir / "run" / "endpoints.json"

    @property
    def last_backup(self) -> Path:
        """File that tells of the last backup made from here."""
        return self.data_dir / "last-backup.json"

    @property
    def restoring(self) -> Path:
        """File that is there while a restore into this folder is not finished."""
        return self.data_dir / "restoring"

    @property
    def node_secrets(self) -> Path:
        """File with secrets of nodes in clear: only for the broker `iotcore`, which knows no hashes."""
        return self.secrets / "nodes.json"

    def prepare(self) -> None:
        """Create the folders and the platform's secrets."""
        for folder in (self.data_dir, self.evidence, self.secrets):
            folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
        for user in PLATFORM_USERS:
            path = self.secrets / user
            if not path.exists():
                write_atomically(path, secrets.token_urlsafe(24))
        make_key(self.signing_key)
        make_keys(self.secret_key)

    def platform_secret(self, user: str) -> str:
        """Return the secret of a platform role at the broker."""
        return (self.secrets / user).read_text(encoding="utf-8")

    def known_node_secrets(self) -> dict[str, str]:
        """Return the secrets of nodes that were kept in clear, by node id."""
        if not self.node_secrets.exists():
            return {}
        return {str(k): str(v) for k, v in loads(self.node_secrets.read_bytes()).items()}

    def keep_node_secret(self, node_id: str, secret: str) -> None:
        """Keep a node's secret in clear, readable by this user only."""
        self.secrets.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
        write_atomically(self.node_secrets, dumps({**self.known_node_secrets(), node_id: secret}))


def given_database_url() -> str | None:
    """Return the address of the database that the environment names, past a pooler if it names a way; None without.

    Raises:
        Invalid: the file with its password can't be read.
    """
    return database_url_in(os.environ)


def database_url_of(places: Places) -> str | None:
    """Return the environment's database, else the URL of the last stack on this folder; None if there was none."""
    endpoints = Endpoints.load(places)
    return given_database_url() or (None if endpoints is None else endpoints.database_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Addresses of a running stack, without secrets. `broker` is its kind: mosquitto, iotcore, external.

    Attributes:
        mqtt_url: address at which nodes reach the broker.
        roles_mqtt_url: address at which the platform's roles reach the broker.
        console_url: address at which this machine reaches the API and the console.
        public_url: address at which others reach them, as far as this machine can tell.
    """

    database_url: str
    mqtt_url: str
    broker: str
    console_url: str
    metrics: dict[str, int]
    roles_mqtt_url: str = ""
    public_url: str = ""

    def save(self, places: Places) -> None:
        """Write the addresses to a file for other commands."""
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
        """Return the addresses of the last stack on this folder, running or not; None if there was none."""
        if not places.endpoints.exists():
            return None
        return cls(**loads(places.endpoints.read_bytes()))
