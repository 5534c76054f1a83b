"""Choose the MQTT broker of the embedded stack, and re-export the names that callers need."""

from pathlib import Path
from typing import Literal

from deploy.embedded.broker_base import Broker, Users
from deploy.embedded.broker_iotcore import IotcoreBroker
from deploy.embedded.broker_mosquitto import Certificate, MosquittoBroker, find_mosquitto
from deploy.embedded.broker_users import BrokerUser, mosquitto_hash, verify_mosquitto_hash
from deploy.embedded.errors import EmbeddedError

IOTCORE_LIMITS = (
    "It checks passwords but not topics. It loses its state when it ends, and drops every connection when a node is "
    "added: queued messages are lost, unless the node has a spool. Replicas of ingest can't share it."
)
"""Limits of iotcore against README's promises, shown to whoever starts it."""
INSTALL_MOSQUITTO = "For real cameras and sensors install mosquitto 2 (apt-get install mosquitto) and start again."

__all__ = [
    "INSTALL_MOSQUITTO",
    "IOTCORE_LIMITS",
    "Broker",
    "BrokerUser",
    "Certificate",
    "EmbeddedError",
    "IotcoreBroker",
    "MosquittoBroker",
    "Users",
    "find_mosquitto",
    "mosquitto_hash",
    "open_broker",
    "verify_mosquitto_hash",
]


def open_broker(
    data_dir: Path,
    users: Users,
    *,
    prefer: Literal["auto", "mosquitto", "iotcore"] = "auto",
    host: str = "127.0.0.1",
    port: int = 1883,
    port_v4: int = 1884,
    roles_port: int = 1885,
    certificate: Certificate | None = None,
) -> Broker:
    """Return the broker of a data folder: mosquitto if it is installed, else iotcore. Starts nothing.

    Args:
        data_dir: The platform's data folder.
        users: Returns the accounts that may connect.
        prefer: Insist on one broker.
        host: Address to listen on.
        port: Port of MQTT 5, and with mosquitto of 3.1.1 too; see `Broker.port_v4`.
        port_v4: Port of MQTT 3.1.1 with iotcore.
        roles_port: Port for the platform's own roles with mosquitto; see `Broker.roles_port`.
        certificate: With it nodes connect by TLS, which mosquitto alone knows.

    Raises:
        EmbeddedError: `broker_missing` if the preferred broker, or for TLS mosquitto, is not installed.
    """
    if certificate is not None:
        prefer = "mosquitto"
    if prefer == "mosquitto" or (prefer == "auto" and find_mosquitto() is not None):
        return MosquittoBroker(data_dir, users, host=host, port=port, roles_port=roles_port, certificate=certificate)
    return IotcoreBroker(data_dir, users, host=host, port=port, port_v4=port_v4)
