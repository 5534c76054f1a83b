"""The feed under many writers: every committed event once, in one order, for a reader that is killed again and again.

Writers are processes whose transactions commit late, in another order than they began, or not at all. The reader is the
published client in a process that is killed (SIGKILL) at random moments and goes on from its own cursor. Afterwards the
day is closed and signed; the client verifies it, and names one event that was changed in the database and one that was
removed.
"""

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict
from uuid import UUID

import psycopg

from alerts.evidence.digests import close_feed_day
from api.client.mingchu_client import Client, Cursor
from deploy.bench.callers import add_key, answers
from deploy.bench.processes import running, until
from deploy.bench.writing import event_id
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.ports import free_port
from deploy.embedded.postgres import EmbeddedPostgres
from models.base.clock import SHANGHAI
from models.catalogue.terms import Role
from models.evidence.signing import Signer, make_key
from models.store import Store, migrate, registry, synthetic
from models.store.connect import read_once, write_once

TENANT = "bench"
LIVES_S = (0.05, 4.0)
"""How long a reader reads before it is killed: a random time between these."""
OWNERS = 2
"""Enterprises, each in a county of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WritersFigures:
    """What was written and what the reader has. Events missing, doubled, foreign or out of order must be 0.

    Attributes:
        rolled_back: events of transactions that never committed; the reader must have none of them.
        out_of_order: places at which the numbers don't follow each other, or a writer's events change their order.
        verified: whether the client found no difference between its events and the signed digest.
        changed, removed: the numbers of an event that was changed in the database afterwards, and of one removed.
        named: what the client said of them.
    """

    events: int
    writers: int
    rolled_back: int
    reader_kills: int
    missing: int
    doubled: int
    foreign: int
    out_of_order: int
    verified: bool
    changed: int
    removed: int
    named: tuple[str, ...]
    seconds: float
    events_per_s: int


def measure(*, events: int, writers: int = 8, seed: int = 1) -> WritersFigures:
    """Run everything on a throw-away database, with real processes.

    Raises:
        RuntimeError: the reader did not get everything in time.
    """
    with temporary_data_dir() as folder, EmbeddedPostgres(folder).running() as postgres:
        postgres.ensure_database()
        url = postgres.dsn()
        migrate(url)
        owners, key = _seed(url)
        mirror = folder / "mirror.db"
        began = time.monotonic()
        with _roles(url, folder) as address:
            written = _start_writers(url, owners, events=events, writers=writers, seed=seed)
            kills = _read_until(address, key, mirror, events=events, seed=seed, written=written)
            rolled_back = sum(int(child.communicate()[0]) for child in written)
            seconds = time.monotonic() - began
            said = _verified(url, folder, address, key, mirror)
        counts = _counted(mirror, events=events, writers=writers)
    return WritersFigures(
        events=events,
        writers=writers,
        rolled_back=rolled_back,
        reader_kills=kills,
        **counts,
        **said,
        seconds=round(seconds, 1),
        events_per_s=round(events / seconds),
    )


def _seed(url: str) -> tuple[tuple[tuple[str, UUID, str], ...], str]:
    """Make a tenant with enterprises in two counties, and a platform's key; return who owns events, and the key."""
    with write_once(url) as w:
        registry.add_tenant(w, tenant_id=TENANT, name=TENANT)
        synthetic.add_entities(w, tenant_id=TENANT, count=OWNERS)
        shown = add_key(w, tenant_id=TENANT, role=Role.platform, region="3306")
    with read_once(url) as r:
        found = [registry.entity(r, synthetic.entity(r, number)) for number in range(OWNERS)]
    return tuple((TENANT, one.id, one.region_code) for one in found if one is not None), shown


@contextmanager
def _roles(url: str, folder: Path) -> Iterator[str]:
    """Run the role that numbers the feed and the API; yield the API's address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    env = {
        "MINGCHU_DATABASE_URL": url,
        "MINGCHU_EVIDENCE_DIR": str(folder / "evidence"),
        "MINGCHU_PUBLIC_URL": address,
        "MINGCHU_DATA_DIR": str(folder),
    }
    with running("alerts", "bench", env=env) as alerts, running("api", "", "--port", str(port), env=env):
        alerts.ready_s()
        until(lambda: answers(address), what="the API is not ready", timeout_s=120)
        yield address


def _start_writers(
    url: str, owners: tuple[tuple[str, UUID, str], ...], *, events: int, writers: int, seed: int
) -> list[subprocess.Popen[str]]:
    shares = [events // writers + (number < events % writers) for number in range(writers)]
    named = [(tenant, str(entity), region) for tenant, entity, region in owners]
    return [
        _child("write", {"url": url, "writer": number, "count": share, "owners": named, "seed": seed})
        for number, share in enumerate(shares)
    ]


def _child(what: str, told: dict[str, Any]) -> subprocess.Popen[str]:
    argv = (sys.executable, "-m", "deploy.bench.writing", what, json.dumps(told))
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _read_until(
    address: str, key: str, mirror: Path, *, events: int, seed: int, written: list[subprocess.Popen[str]]
) -> int:
    """Run readers, one after another, until the mirror has as many events as there are; return how many were killed."""
    chance, kills = random.Random(seed), 0  # noqa: S311 - a measurement
    with ExitStack() as ends:
        for child in written:
            ends.callback(child.kill)
        while True:
            reader = _child("read", {"address": address, "path": str(mirror)})
            if reader.stdin is not None:
                reader.stdin.write(key + "\n")
                reader.stdin.flush()
            if reader.stdout is not None:
                reader.stdout.readline()
            deadline = time.monotonic() + chance.uniform(*LIVES_S)
            while time.monotonic() < deadline:
                if _has(mirror) >= events and all(child.poll() is not None for child in written):
                    # A moment more, in which what should not be there would arrive.
                    time.sleep(2)
                    reader.send_signal(signal.SIGKILL)
                    reader.communicate()
                    ends.pop_all()
                    return kills
                if reader.poll() is not None:
                    raise RuntimeError(f"the reader ended by itself: {reader.returncode}")
                time.sleep(0.1)
            reader.send_signal(signal.SIGKILL)
            reader.communicate()
            kills += 1


def _has(mirror: Path) -> int:
    if not mirror.exists():
        return 0
    with closing(sqlite3.connect(mirror, timeout=60)) as db:
        try:
            return int(
                db.execute("SELECT coalesce((SELECT seq FROM event ORDER BY rowid DESC LIMIT 1), 0)").fetchone()[0]
            )
        except sqlite3.OperationalError:
            return 0


def _counted(mirror: Path, *, events: int, writers: int) -> dict[str, int]:
    """Compare the mirror with what was committed."""
    shares = [events // writers + (number < events % writers) for number in range(writers)]
    expected = {str(event_id(writer, number)) for writer, share in enumerate(shares) for number in range(share)}
    seen: set[str] = set()
    doubled = foreign = out_of_order = 0
    last_seq, last_of = 0, dict.fromkeys(range(writers), -1)
    with closing(sqlite3.connect(mirror)) as db:
        for seq, name, writer, number in db.execute("SELECT seq, id, writer, number FROM event ORDER BY rowid"):
            doubled += name in seen
            foreign += name not in expected
            seen.add(name)
            out_of_order += seq != last_seq + 1 or number <= last_of[writer]
            last_seq, last_of[writer] = seq, number
    return {
        "missing": len(expected - seen),
        "doubled": doubled,
        "foreign": foreign,
        "out_of_order": out_of_order,
    }


class _Said(TypedDict):
    verified: bool
    changed: int
    removed: int
    named: tuple[str, ...]


def _verified(url: str, folder: Path, address: str, key: str, mirror: Path) -> _Said:
    """Close the day and verify the mirror; then change one event in the database, remove another, and verify again."""
    make_key(folder / "feed.pem")
    signer = Signer.read(folder / "feed.pem")
    tomorrow = datetime.now(UTC) + timedelta(days=2)
    with Store(url) as store:
        while close_feed_day(store, at=tomorrow, signer=signer):
            pass
    with closing(sqlite3.connect(mirror)) as db, Client(address, key) as client:
        mine = [json.loads(body) for (body,) in db.execute("SELECT body FROM event ORDER BY seq")]
        days = sorted({datetime.fromisoformat(one["time"]).astimezone(SHANGHAI).date() for one in mine})
        differences = [one for day in days for one in client.verify_day(day, mine)]
        # They lie in different counties, so that each is the first that differs in its own.
        changed = len(mine) // 2
        removed = _of_other_county(mine, changed)
        with psycopg.connect(url) as owner:
            owner.execute("""UPDATE event SET data = data || '{"number": -1}' WHERE seq = %s""", [changed])
            owner.execute("DELETE FROM event WHERE seq = %s", [removed])
        theirs = [event for event, _ in client.events(Cursor(), follow=False) if event is not None]
        named = tuple(one.what for day in days for one in client.verify_day(day, theirs))
    return {"verified": not differences, "changed": changed, "removed": removed, "named": named}


def _of_other_county(events: list[dict[str, Any]], seq: int) -> int:
    """Return the next number after `seq` whose event belongs to another enterprise."""
    whose = events[seq - 1]["data"]["number"] % OWNERS
    return next(int(one["seq"]) for one in events[seq:] if one["data"]["number"] % OWNERS != whose)
