"""A real broker, a real database, a running intake."""

import itertools
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from deploy.embedded.broker import Broker, BrokerUser, find_mosquitto, mosquitto_hash, open_broker
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.ports import free_port
from ingest import role
from ingest.mqtt import Login
from ingest.node.client import NodeAddress, NodeClient
from models.base.metrics import READY
from models.store import Store
from tests.support.waiting import GENEROUS_S, wait_for
from tests.support.world import TENANT, Kitchen, seed_world

SESSIONS = itertools.count(1)
SECRET = secrets.token_urlsafe(16)
PLATFORM = "mingchu-ingest"
API_URL = "http://127.0.0.1:9"  # a port without a listener


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """A real broker, a real database, a running intake, two registered kitchens."""

    store: Store
    broker: Broker
    kitchens: tuple[Kitchen, Kitchen]

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.broker.port}"

    @property
    def roles_url(self) -> str:
        return f"mqtt://127.0.0.1:{self.broker.roles_port}"

    def login(self, kitchen: Kitchen, *, client_id: str | None = None) -> Login:
        return Login(url=self.url, client_id=client_id or kitchen.node, username=kitchen.node, password=SECRET)

    def node(self, kitchen: Kitchen) -> NodeClient:
        address = NodeAddress(tenant=TENANT, site=kitchen.site, node=kitchen.node)
        # The broker retains the status of earlier tests: a birth must be newer than those.
        return NodeClient(self.login(kitchen), address, session=next(SESSIONS), devices=[kitchen.camera])


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    hashed = mosquitto_hash(SECRET)
    names = (PLATFORM, "node-a", "node-b")
    users = [BrokerUser(name=name, mosquitto_hash=hashed, secret=SECRET, platform=name == PLATFORM) for name in names]
    prefer = "mosquitto" if find_mosquitto() is not None else "iotcore"
    with temporary_data_dir() as folder:
        port = free_port()
        v4 = free_port(avoid=[port])
        opened = open_broker(
            folder, lambda: users, prefer=prefer, port=port, port_v4=v4, roles_port=free_port(avoid=[port, v4])
        )
        with opened.running():
            yield opened


@pytest.fixture
def rig(store: Store, broker: Broker) -> Iterator[Rig]:
    kitchens = seed_world(store)
    stop = threading.Event()
    login = Login(
        url=f"mqtt://127.0.0.1:{broker.roles_port}",
        # Always the same id: an abandoned member of a shared subscription keeps its share of the messages.
        client_id=f"{PLATFORM}-test",
        username=PLATFORM,
        password=SECRET,
    )
    thread = threading.Thread(target=role.run, args=(store, login), kwargs={"public_url": API_URL, "stop": stop})
    READY.set(0)
    thread.start()
    wait_for(lambda: READY._value.get() == 1)
    yield Rig(store=store, broker=broker, kitchens=kitchens)
    stop.set()
    thread.join(GENEROUS_S)
    assert not thread.is_alive()
