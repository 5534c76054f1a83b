"""`iotcore` (rumqttd from PyPI), the broker where no other is installed: for a first look, not for a town."""

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

    Its limits, all of the program itself:

    - No access rules: every account may read and write every topic. Intake must check that a node speaks
      for itself; do not open it to nodes you do not trust.
    - Nothing survives its end: sessions and retained messages are gone, also when a user is added, because
      it reads its users only at the start. Nodes reconnect and announce themselves again.
    - Bad credentials get no answer: the connection is closed.
    - Beyond 256 MiB a topic filter (8 segments of 32 MiB) it drops the oldest messages silently.
    - It needs secrets in clear (file mode 0600); users without one are left out.
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
        """See `Broker`.

        Raises:
            ValueError: Both ports are the same.
        """
        if port == port_v4:
            raise ValueError(f"iotcore needs a port for each protocol version, got {port} for both")
        super().__init__(data_dir, users, host=host, port=port, port_v4=port_v4)

    def child_user(self) -> ServiceUser | None:
        """The host starts as we are, because Python may lie where no service user can reach it."""
        return None

    def argv(self) -> tuple[str, ...]:
        """The host with our configuration and the user to become (-1: none)."""
        become = (self.user.uid, self.user.gid) if self.user.uid != os.geteuid() else (-1, -1)
        config = str(self.home / "rumqttd.toml")
        return sys.executable, "-m", "deploy.embedded.iotcore_host", config, str(become[0]), str(become[1])

    def files(self, users: Sequence[BrokerUser]) -> Mapping[str, str]:
        """The configuration with the secrets of those users that have one."""
        known = {user.name: user.secret for user in users if user.secret is not None}
        # Without any account rumqttd lets everybody in, so there is always one that nobody knows.
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
    """A TOML basic string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
