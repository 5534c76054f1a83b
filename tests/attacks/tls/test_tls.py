"""`mingchu up --tls`: the console and the nodes' door speak TLS alone, with a certificate of our own authority."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from deploy.embedded.broker import find_mosquitto, mosquitto_hash
from deploy.embedded.folder import temporary_data_dir
from deploy.places import Endpoints, Places
from deploy.tls import TlsFiles
from ingest.mqtt import Login, MqttLink
from models.store import Store
from tests.support.people import PASSWORD, add_user
from tests.support.platform import running_up
from tests.support.waiting import wait_for
from tests.support.world import Kitchen, seed_world

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="needs mosquitto: iotcore speaks no TLS")
SECRET = "a-secret-of-this-test"


@dataclass(frozen=True, slots=True)
class Site:
    """A platform behind TLS with a kitchen."""

    data: Path
    ends: Endpoints
    kitchen: Kitchen
    authority: str


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with (
        temporary_data_dir() as data,
        running_up(data, "--tls", "--broker", "mosquitto") as (_, ends),
        Store(ends.database_url) as store,
    ):
        kitchen, _ = seed_world(store, mqtt_hash=mosquitto_hash(SECRET))
        add_user(store, "enterprise-a", "enterprise", entity=kitchen.entity)  # type: ignore[arg-type]
        yield Site(data, ends, kitchen, TlsFiles(Places(data).tls).authority.read_text())


def test_browsers_that_trust_the_authority_come_in_and_cookies_are_for_https_alone(site: Site) -> None:
    assert site.ends.console_url.startswith("https://")
    with httpx.Client(base_url=site.ends.console_url, verify=ssl.create_default_context(cadata=site.authority)) as http:
        assert http.get("/health").is_success
        answer = http.post("/login", data={"login": "enterprise-a", "password": PASSWORD})
        assert answer.status_code == 303
        assert all("Secure" in one for one in answer.headers.get_list("set-cookie"))
        page = http.get("/console/connect", headers={"Accept": "text/html"})
        assert page.is_success


def test_who_does_not_trust_the_authority_and_who_speaks_plainly_stay_out(site: Site) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{site.ends.console_url}/health")
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{site.ends.console_url}/health".replace("https:", "http:"), timeout=5)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_old_versions_of_tls_are_refused(site: Site) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    for url in (site.ends.mqtt_url, site.ends.console_url):
        address = urlsplit(url)
        with (
            socket.create_connection((address.hostname or "", address.port or 0), timeout=5) as plain,
            pytest.raises((ssl.SSLError, ConnectionError)),
        ):
            old.wrap_socket(plain)


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # paho leaves a refused socket to the collector
def test_a_node_connects_with_the_authority_and_by_no_other_way(site: Site) -> None:
    assert site.ends.mqtt_url.startswith("mqtts://")

    def login(**more: str | None) -> Login:
        node = site.kitchen.node
        return Login(**{"url": site.ends.mqtt_url, "client_id": node, "username": node, "password": SECRET} | more)  # type: ignore[arg-type]

    with MqttLink(login(authority=site.authority)) as link:
        wait_for(link.connected.is_set)
    for wrong in (login(), login(url=site.ends.mqtt_url.replace("mqtts:", "mqtt:"))):
        with MqttLink(wrong) as link:
            assert not link.connected.wait(4)


def test_the_keys_are_in_no_log_and_readable_by_their_owner_alone(site: Site) -> None:
    files = TlsFiles(Places(site.data).tls)
    for key in (files.key, files.authority_key):
        assert key.stat().st_mode & 0o077 == 0
        body = key.read_text().splitlines()[1]
        assert all(body not in log.read_text(errors="replace") for log in (site.data / "logs").glob("*.log"))
