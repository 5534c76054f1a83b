"""An installation on a data folder of its own, with data of every kind, for backups and restores."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from click.testing import CliRunner, Result

from alerts.evidence.digests import close_feed_day
from alerts.evidence.sealing import seal
from alerts.hazards import review
from deploy.cli import main
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.places import Places
from models.base.sealed import FILE, SecretBox, keys_of
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.evidence.files import EvidenceFiles
from models.evidence.signing import Signer
from models.store import Store, migrate
from tests.support.people import announce_task, number_feed, raise_alert
from tests.support.world import TENANT, Kitchen, seed_world

TOMORROW = timedelta(days=1, minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A data folder whose server runs."""

    places: Places
    url: str
    store: Store
    files: EvidenceFiles
    kitchen: Kitchen


@contextmanager
def installation(*, closed: bool = True, url: str | None = None) -> Iterator[Installation]:
    """Make one: two kitchens, alerts with pictures, a task, a sealed chain, a secret; `closed`: today's feed, too.

    `url` is an empty database; without one the data folder has a server of its own.
    """
    with temporary_data_dir() as data, _database(data, url) as there:
        places = Places(data)
        places.prepare()
        migrate(there)
        files = EvidenceFiles(places.evidence)
        with Store(there, size=2) as store:
            kitchen, neighbour = seed_world(store)
            _fill(store, files, kitchen, neighbour)
            if closed:
                at = datetime.now(UTC) + TOMORROW
                assert close_feed_day(store, at=at, signer=Signer.read(places.signing_key)) > 0
            _add_secret(store, SecretBox(keys_of({FILE: str(places.secret_key)})))
            yield Installation(places=places, url=there, store=store, files=files, kitchen=kitchen)


@contextmanager
def _database(data: Path, url: str | None) -> Iterator[str]:
    if url is not None:
        yield url
        return
    with EmbeddedPostgres(data, durable=False).running() as server:
        server.ensure_database()
        yield server.dsn()


def _fill(store: Store, files: EvidenceFiles, kitchen: Kitchen, neighbour: Kitchen) -> None:
    at = datetime.now(UTC)
    alert = raise_alert(store, files, kitchen, at=at)
    raise_alert(store, files, neighbour, "smoking", at=at)
    with store.write() as w:
        review.confirm(w, alert.id, revision=1, by=Actor(name="regulator", role=Role.regulator), at=at)
    announce_task(store, kitchen, 5)
    number_feed(store)
    with store.write() as w:
        seal(w, at=at)


def _add_secret(store: Store, box: SecretBox) -> None:
    with store.write() as w:
        w.raw.execute("RESET ROLE")
        w.raw.execute(
            "INSERT INTO webhook_endpoint (id, tenant_id, region_code, url, types, description, secret, cursor, "
            "created_by, created_at) VALUES (%s, %s, '3306', 'https://x.cn/h', '{}', '', %s, 0, 'x', now())",
            [uuid4(), TENANT, box.seal("whsec_1")],
        )


def tables_of(url: str) -> dict[str, tuple[int, str]]:
    """Return (rows, sum over all rows) of each table, partitions counted by their parent."""
    with psycopg.connect(url) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        names = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
            "AND NOT relispartition"
        ).fetchall()
        found = {}
        for (name,) in names:
            row = connection.execute(
                f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {name} t"
            ).fetchone()
            assert row is not None
            found[str(name)] = (int(row[0]), str(row[1]))
    return found


def mingchu(*arguments: object) -> Result:
    """Run a command as an operator types it."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def said_by(result: Result) -> dict[str, Any]:
    """Return the JSON that a command printed; it must have succeeded."""
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def evidence_path(root: Path, sha256: str) -> Path:
    """Return where a store or a backup keeps a file."""
    return root / sha256[:2] / sha256[2:4] / sha256
