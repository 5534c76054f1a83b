"""Log-ins at a test's broker."""

from ingest.mqtt import Login, MqttLink
from tests.support.waiting import wait_for


def comes_in(port: int, name: str, secret: str) -> bool:
    """Whether the broker accepts this log-in; False once it has refused it."""
    with MqttLink(Login(url=f"mqtt://127.0.0.1:{port}", client_id=name, username=name, password=secret)) as link:
        return wait_for(lambda: "yes" if link.connected.is_set() else "no" if link.refusals else "") == "yes"
