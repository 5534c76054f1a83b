"""The API's workshop to connect cameras: the probe of `ingest.video`, and secrets for the broker."""

import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from api.onboarding import Look
from api.settings import ApiSettings
from deploy.embedded.broker import mosquitto_hash
from deploy.places import Endpoints, Places
from ingest.video.address import CameraAddress
from ingest.video.probe import probe
from models.base.addresses import Reach, numbers_of

SECRET_BYTES = 24


@dataclass(frozen=True, slots=True)
class Workshop:
    """The workshop in the data folder of the embedded stack, or beside real servers.

    Attributes:
        broker_url: address at which nodes reach the broker.
        authority: certificate (PEM) by which nodes check the broker and the API; None: the public authorities.
        look_here: whether cameras on this machine itself may be probed.
    """

    data_dir: Path
    broker_url: str
    authority: str | None = None
    look_here: bool = field(default_factory=lambda: ApiSettings().look_at_loopback)

    def look_at(self, url: str, username: str | None, password: str | None) -> Look:
        """Probe a camera, in a process of its own."""
        within = Reach(
            here=self.look_here, closed=tuple(map(str, numbers_of(urlsplit(self.broker_url).hostname or "")))
        )
        found = probe(CameraAddress.parse(url, username=username, password=password), within=within)
        values = asdict(found)
        snapshot, advice = values.pop("snapshot"), values.pop("advice")
        values.pop("server")
        greeted = values.pop("greeted")
        words = tuple((line["zh"], line["en"]) for line in advice)
        return Look(found=values, advice=words, snapshot=snapshot, greeted=greeted)

    def new_secret(self) -> tuple[str, str]:
        """Return a new secret and its hash."""
        return new_node_secret()

    def keep_secret(self, node_id: str, secret: str) -> None:
        """Keep the secret of a node, whose hash is committed, in clear if the broker knows no hashes."""
        keep_node_secret(Places(self.data_dir), node_id, secret)


def new_node_secret() -> tuple[str, str]:
    """Return a new secret and its hash."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    return secret, mosquitto_hash(secret)


def keep_node_secret(places: Places, node_id: str, secret: str) -> None:
    """Keep a node's secret in clear, only if the broker knows no hashes.

    Call it after the commit of the hash: if the transaction fails, the node must keep its old secret.
    """
    endpoints = Endpoints.load(places)
    if endpoints is not None and endpoints.broker == "iotcore":
        places.keep_node_secret(node_id, secret)
