"""One writer and one reader of `mingchu bench writers`, each a process of its own that can be killed."""

import json
import random
import sqlite3
import sys
import time
from datetime import UTC, datetime
from uuid import UUID, uuid5

from api.client.mingchu_client import Client, Cursor
from models.events.envelope import OutboxEvent
from models.store import Store
from models.store.connect import WORKER
from models.store.feed import announce

NAMES = UUID("6f0d6d1c-5f0f-4c55-9a2e-2c1f2a4d9b10")
MOST_IN_ONE = 50
"""Events of a transaction at most."""
PAUSES_S = (0.0, 0.002, 0.005, 0.02, 0.2)
"""Delays between the last statement and the commit; the long one is as rare as each other."""
ABANDONED = 0.02
"""The share of transactions that are rolled back."""
KEPT_AT_ONCE = 200


class _Abandoned(Exception):
    """Roll the transaction back."""


def event_id(writer: int, number: int) -> UUID:
    """Return the id of the `number`-th event of a writer."""
    return uuid5(NAMES, f"{writer}/{number}")


def write(url: str, writer: int, count: int, *, owners: tuple[tuple[str, UUID, str], ...], seed: int) -> int:
    """Write `count` events in transactions of random length and delay; return how many were rolled back besides."""
    chance = random.Random(seed * 1000 + writer)  # noqa: S311 - a measurement
    done = abandoned = 0
    with Store(url, role=WORKER, size=1) as store:
        while done < count:
            size = min(count - done, chance.randint(1, MOST_IN_ONE))
            gives_up, pause_s = chance.random() < ABANDONED, chance.choice(PAUSES_S)
            first = count + abandoned if gives_up else done
            try:
                with store.write() as w:
                    for number in range(first, first + size):
                        announce(w, _event(writer, number, owners[number % len(owners)]))
                    time.sleep(pause_s)
                    _end(gives_up=gives_up)
            except _Abandoned:
                abandoned += size
            else:
                done += size
    return abandoned


def _end(*, gives_up: bool) -> None:
    if gives_up:
        raise _Abandoned


def _event(writer: int, number: int, owner: tuple[str, UUID, str]) -> OutboxEvent:
    at, (tenant_id, entity_id, region_code) = datetime.now(UTC), owner
    return OutboxEvent(
        tenant_id=tenant_id,
        entity_id=entity_id,
        region_code=region_code,
        event_id=event_id(writer, number),
        source=f"/t/{tenant_id}/bench",
        type="mingchu.task.dispatched",
        time=at,
        occurred_at=at,
        received_at=at,
        late=False,
        data={"writer": writer, "number": number},
    )


def read(address: str, key: str, path: str) -> None:
    """Mirror the feed into SQLite, events and cursor in one transaction; go on for ever, until killed."""
    db = sqlite3.connect(path)
    # A process that is killed loses nothing of this; only a machine that stops would.
    db.execute("PRAGMA synchronous = OFF")
    db.execute("CREATE TABLE IF NOT EXISTS event (seq INTEGER, id TEXT, writer INTEGER, number INTEGER, body TEXT)")
    db.execute("CREATE TABLE IF NOT EXISTS place (one INTEGER PRIMARY KEY, seq INTEGER, epoch TEXT)")
    kept = db.execute("SELECT seq, epoch FROM place").fetchone()
    with Client(address, key) as client:
        for position, (event, cursor) in enumerate(client.events(Cursor(*kept) if kept else Cursor(), wait_s=1)):
            if event is not None:
                data = event["data"]
                row = (event["seq"], event["id"], data["writer"], data["number"], json.dumps(event))
                db.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?)", row)
            db.execute("INSERT OR REPLACE INTO place VALUES (1, ?, ?)", (cursor.seq, cursor.epoch))
            if position % KEPT_AT_ONCE == 0 or cursor.epoch is not None:
                db.commit()


def _say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main() -> None:
    """Write or read, as the first argument says; the second is JSON, a reader's key comes on standard input."""
    told = json.loads(sys.argv[2])
    if sys.argv[1] == "write":
        owners = tuple((tenant, UUID(entity), region) for tenant, entity, region in told["owners"])
        _say(write(told["url"], told["writer"], told["count"], owners=owners, seed=told["seed"]))
    else:
        _say("ready")
        read(told["address"], sys.stdin.readline().strip(), told["path"])


if __name__ == "__main__":
    main()
