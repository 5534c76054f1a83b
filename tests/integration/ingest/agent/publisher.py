"""A node that reads a sensor and judges at the edge, in a separate process that a test may kill.

Every reading is written to the ledger before it is handed to the spool and the event likewise, so the ledger
names everything that was handed over (and at most one of each that was not, when the kill came in between).
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from ingest.agent.run import next_session
from ingest.mqtt import Login
from ingest.node.client import NodeAddress, NodeClient
from ingest.node.spool.disk import DiskSpool
from ingest.payloads.senml import Reading
from models.base.clock import rfc3339
from tests.support.world import TENANT


def main(url: str, secret: str, state: Path, letter: str, count: int, patience_s: float) -> None:
    """Publish `count` readings, then wait for every receipt, at most `patience_s`.

    Each line of the ledger: kind, what, session, number.
    """
    node = f"node-{letter}"
    session = next_session(state / "session", now=datetime.now(UTC))
    client = NodeClient(
        Login(url=url, client_id=node, username=node, password=secret),
        NodeAddress(tenant=TENANT, site=f"site-{letter}", node=node),
        session=session,
        devices=[],
        spool=DiskSpool(state / "spool.db"),
    )
    number = 0
    with client, (state / "ledger").open("a", buffering=1) as ledger:
        while number < count:
            number += 1
            # As after a long outage: it is old when it can be sent.
            at = datetime.fromtimestamp(time.time() - 3600, UTC)
            seq = client.readings(f"fridge-{letter}", [Reading("fridge_temp", at, number / 100)])
            ledger.write(f"reading {at.timestamp()} {session} {seq}\n")
            if number % 20 == 0:
                event = {"id": str(uuid4()), "type": "mingchu.violation.opened", "time": rfc3339(at)}
                data = {"code": "smoking", "start": rfc3339(at), "score": 0.9}
                ledger.write(f"event {event['id']} {session} {client.event(f'cam-{letter}', event | {'data': data})}\n")
            time.sleep(0.005)
        if not client.wait_empty(patience_s):
            sys.exit(f"{client.spooled} messages have no receipt")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4], int(sys.argv[5]), float(sys.argv[6]))
