"""A whole embedded stack as a separate process, for tests that kill it: DATA, broker kind, three ports."""

import sys
from pathlib import Path
from typing import Literal

from deploy.embedded.broker import BrokerUser, mosquitto_hash, open_broker
from deploy.embedded.child import ChildSpec
from deploy.embedded.folder import DataLock
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.embedded.supervisor import Supervisor

ROLE = "import time; print('role up'); time.sleep(600)"
USERS = [BrokerUser(name="ingest", mosquitto_hash=mosquitto_hash("s"), secret="s", platform=True)]


def main(data: str, kind: str, port: str, port_v4: str, roles: str) -> None:
    data_dir = Path(data)
    with DataLock(data_dir) as lock:
        database = EmbeddedPostgres(data_dir, durable=False)
        database.prepare()
        prefer: Literal["mosquitto", "iotcore"] = "mosquitto" if kind == "mosquitto" else "iotcore"
        broker = open_broker(
            data_dir, lambda: USERS, prefer=prefer, port=int(port), port_v4=int(port_v4), roles_port=int(roles)
        )
        role = ChildSpec(name="role", argv=(sys.executable, "-c", ROLE, data), after=("postgres", "broker"))
        Supervisor(data_dir, [role, broker.command(), database.command()], lock=lock).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
