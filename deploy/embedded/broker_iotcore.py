"""`iotcore` (rumqttd from PyPI), the broker used where mosquitto is not installed: for a first look only."""

import json
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

from deploy.embedded.broker_base import Broker, Users
from deploy.embedded.broker_users import BrokerUser
from deploy.embedded.process import ServiceUser
from models.base.atomic import write_atomically

PAYLOAD_BYTES: Final = 1_048_576
SEGMENT_BYTES: Final = 32 * 1024 * 1024
SEGMENTS: Final = 8


class IotcoreBroker(Broker):
    """An iotcore of our own, on two ports: one for MQTT 5, one for 3.1.1.

    The program itself has these limits:

    - No access rules: every account may read and write every topic. Intake must check that a node sends only for
      itself; do not open this broker to nodes that you do not trust.
    - It loses sessions and retained messages when it ends. It restarts whenever a user is added, because it reads
      its users only at the start. Nodes reconnect and announce themselves again.
    - It closes the connection on bad credentials without an answer.
    - Beyond 256 MiB per topic filter (8 segments of 32 MiB) it silently drops the oldest messages.
    - It needs secrets in clear (file mode 0600); it leaves out users without one.
    """

    kind: ClassVar[str] = "iotcore"

    def __init__(
        self,
        data_dir: Path,
        users: Users,
        *,
        host: str = "127.0.0.1",
        port: int = 1883,
        port_v4: int = 1884,
    ) -> None:
        """Describe the broker; see `Broker`.

        Raises:
            ValueError: Both ports are the same.
        """
        if port == port_v4:
            raise ValueError(f"iotcore needs a port for each protocol version, got {port} for both")
        super().__init__(data_dir, users, host=host, port=port, port_v4=port_v4)

    def child_user(self) -> ServiceUser | None:
        """Return None: the host starts as the current user, because the service user may not be able to read Python."""
        return None

    def argv(self) -> tuple[str, ...]:
        """Return the host's command line: our configuration and the user and group to become (-1: no change)."""
        become = (self.user.uid, self.user.gid) if self.user.uid != os.geteuid() else (-1, -1)
        config = str(self.home / "rumqttd.toml")
        return sys.executable, "-m", "deploy.embedded.iotcore_host", config, str(become[0]), str(become[1])

    def files(self, users: Sequence[BrokerUser]) -> Mapping[str, str]:
        """Return the configuration with the secrets of those users that have one."""
        known = {user.name: user.secret for user in users if user.secret is not None}
        # rumqttd without any account accepts everyone, so the file always has one account with a secret that nobody
        # knows.
        accounts = {"-": self._unknown_secret(), **dict(sorted(known.items()))}
        auth = "".join(f"{_quoted(name)} = {_quoted(secret)}\n" for name, secret in accounts.items())
        router = (
            "id = 0\n\n[router]\nid = 0\nmax_connections = 10010\nmax_outgoing_packet_count = 200\n"
            f"max_segment_size = {SEGMENT_BYTES}\nmax_segment_count = {SEGMENTS}\n"
        )
        return {
            "rumqttd.toml": router
            + _listener("v5", f"{self.host}:{self.port}", auth)
            + _listener("v4", f"{self.host}:{self.port_v4}", auth),
        }

    def _unknown_secret(self) -> str:
        path = self.home / "unknown-secret"
        if not path.exists():
            write_atomically(path, secrets.token_urlsafe(24))
        return path.read_text(encoding="utf-8")


def _listener(version: str, listen: str, auth: str) -> str:
    return (
        f'\n[{version}.1]\nname = "{version}"\nlisten = "{listen}"\nnext_connection_delay_ms = 1\n'
        f"[{version}.1.connections]\nconnection_timeout_ms = 60000\nmax_payload_size = {PAYLOAD_BYTES}\n"
        f"max_inflight_count = 2000\ndynamic_filters = true\n[{version}.1.connections.auth]\n{auth}"
    )


def _quoted(text: str) -> str:
    """Return the text as a TOML basic string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
