"""`mosquitto`, the broker used where it is installed: persistent, both protocol versions on one port, with ACLs."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from deploy.embedded.broker_base import LOOPBACK, Broker, Users
from deploy.embedded.broker_users import BrokerUser
from deploy.embedded.errors import EmbeddedError

OLDEST_MAJOR: Final = 2  # $7$ hashes and max_queued_bytes as used here

NODE_RULES: Final = """\
# A node writes below its own level, whatever version it names: intake quarantines and reports foreign topics.
# It reads the commands for itself and for its devices.
pattern write mingchu/+/+/+/%u/#
pattern read mingchu/v1/+/+/%u/+/cmd/+
"""


def find_mosquitto() -> Path | None:
    """Return the installed program if its version is 2 or later, else None."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
    found = shutil.which("mosquitto", path=path)
    if found is None:
        return None
    help_text = subprocess.run([found, "-h"], check=False, capture_output=True, text=True).stdout
    version = re.search(r"version (\d+)\.", help_text)
    return Path(found) if version and int(version.group(1)) >= OLDEST_MAJOR else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Certificate and key of a door that speaks TLS, as PEM."""

    chain: str
    key: str = field(repr=False)


class MosquittoBroker(Broker):
    """A mosquitto of our own. It reads changed users on SIGHUP, which touches no other connection.

    Nodes and the platform's roles connect to two listeners, each with its own users and rules. At the nodes' listener
    the client id is the user name, so that no node can take over the session of a role or of another node.

    It saves sessions and retained messages every 30 s and at an orderly end. A kill -9 loses what arrived after the
    last save, although the broker acknowledged it to the sender.
    """

    kind: ClassVar[str] = "mosquitto"

    def __init__(
        self,
        data_dir: Path,
        users: Users,
        *,
        host: str = "127.0.0.1",
        port: int = 1883,
        roles_port: int = 1885,
        certificate: Certificate | None = None,
    ) -> None:
        """Describe the broker; see `Broker`. MQTT 3.1.1 and 5 share the port.

        Raises:
            EmbeddedError: `broker_missing` if mosquitto 2 or later is not installed.
        """
        super().__init__(data_dir, users, host=host, port=port, port_v4=port, roles_port=roles_port)
        program = find_mosquitto()
        if program is None:
            raise EmbeddedError(
                "broker_missing",
                "mosquitto 2 or later was not found on PATH",
                "Install it (apt-get install mosquitto), or use iotcore.",
            )
        self.program = program
        self.certificate = certificate

    def argv(self) -> tuple[str, ...]:
        """Return the command line with our configuration; the program logs to standard error."""
        return str(self.program), "-c", str(self.home / "mosquitto.conf")

    def files(self, users: Sequence[BrokerUser]) -> Mapping[str, str]:
        """Return the configuration, the access rules and the hashed secrets, by file name."""
        found = {"mosquitto.conf": self._configuration(), **account_files(users)}
        if self.certificate is not None:
            found |= {"server.pem": self.certificate.chain, "server-key.pem": self.certificate.key}
        return found

    def _configuration(self) -> str:
        secured = ""
        if self.certificate is not None:
            secured = f"certfile {self.home}/server.pem\nkeyfile {self.home}/server-key.pem\ntls_version tlsv1.2\n"
        return f"""\
# mingchu writes this file at every start; changes are lost.
per_listener_settings true

# Nodes: the client id is the user name, whatever id a node requests.
listener {self.port} {self.host}
{secured}allow_anonymous false
use_username_as_clientid true
password_file {self.home}/node-passwords
acl_file {self.home}/node-acl

# The platform's roles, on this machine only.
listener {self.roles_port} {LOOPBACK}
allow_anonymous false
password_file {self.home}/role-passwords
acl_file {self.home}/role-acl

persistence true
persistence_location {self.home}/
autosave_interval 30
persistent_client_expiration 7d

message_size_limit 1048576
max_inflight_messages 4000
max_queued_messages 200000
max_queued_bytes 268435456
set_tcp_nodelay true

log_dest stderr
log_type error
log_type warning
log_type notice
log_timestamp_format %Y-%m-%dT%H:%M:%S
"""


def account_files(users: Sequence[BrokerUser]) -> dict[str, str]:
    """Return the access rules and hashed secrets of both listeners, by file name."""
    by_name = sorted(users, key=lambda user: user.name)
    return {
        "node-acl": NODE_RULES,
        "node-passwords": _passwords(user for user in by_name if not user.platform),
        "role-acl": "".join(_platform_rules(user) for user in by_name if user.platform),
        "role-passwords": _passwords(user for user in by_name if user.platform),
    }


def _passwords(users: Iterable[BrokerUser]) -> str:
    return "".join(f"{user.name}:{user.mosquitto_hash}\n" for user in users)


def _platform_rules(user: BrokerUser) -> str:
    return f"\nuser {user.name}\ntopic readwrite mingchu/#\ntopic read $SYS/#\n"
