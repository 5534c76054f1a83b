"""What the API is given to connect cameras: the probe of `ingest.video`, and secrets the broker knows."""

import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from api.onboarding import Look
from deploy.embedded.broker import mosquitto_hash
from deploy.places import Endpoints, Places
from ingest.video.address import CameraAddress
from ingest.video.probe import probe

SECRET_BYTES = 24


@dataclass(frozen=True, slots=True)
class Workshop:
    """Works in the data folder of the embedded stack, or beside real servers.

    Attributes:
        broker_url: how nodes reach the broker.
    """

    data: Path
    broker_url: str

    def look_at(self, url: str, username: str | None, password: str | None) -> Look:
        """Look at a camera, in a process of its own."""
        found = probe(CameraAddress.parse(url, username=username, password=password))
        values = asdict(found)
        snapshot, advice = values.pop("snapshot"), values.pop("advice")
        values.pop("server")
        return Look(found=values, advice=tuple((line["zh"], line["en"]) for line in advice), snapshot=snapshot)

    def new_secret(self) -> tuple[str, str]:
        """A new secret and its hash."""
        return new_node_secret()

    def keep_secret(self, node_id: str, secret: str) -> None:
        """The node's hash is committed: keep its secret where the broker knows no hashes."""
        keep_node_secret(Places(self.data), node_id, secret)


def new_node_secret() -> tuple[str, str]:
    """A new secret and its hash."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    return secret, mosquitto_hash(secret)


def keep_node_secret(places: Places, node_id: str, secret: str) -> None:
    """Keep a node's secret in clear, only where the broker knows no hashes.

    After the commit of its hash: a transaction that fails must leave the node the secret that it has.
    """
    endpoints = Endpoints.load(places)
    if endpoints is not None and endpoints.broker == "iotcore":
        places.keep_node_secret(node_id, secret)
