import psycopg
from psycopg._queries import PostgresQuery
from psycopg._transformer import Transformer

from models.catalogue.terms import Severity
from models.store import Store, migrate
from models.store.migrate import newest_revision
from models.store.queries import aggregates, queries

NAMED = [(aggregate, name) for aggregate in aggregates() for name in queries(aggregate)]


def test_every_query_prepares_against_the_migrated_schema(store: Store) -> None:
    refused = []
    with store.write() as w:
        w.raw.execute(queries("readings")["make_stage"])
        for aggregate, name in NAMED:
            body = "\n".join(line for line in queries(aggregate)[name].splitlines() if not line.startswith("--"))
            if body.startswith("COPY"):
                continue
            converted = PostgresQuery(Transformer(w.raw))
            converted.convert(body, _Everything())
            result = w.raw.pgconn.prepare(b"", converted.query)
            if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
                refused.append((aggregate, name, result.error_message.decode()))
                w.raw.rollback()
                w.raw.execute(queries("readings")["make_stage"])
    assert refused == []


class _Everything(dict[str, None]):
    def __missing__(self, key: str) -> None:
        return None

    def __contains__(self, key: object) -> bool:
        return True


def test_every_query_states_its_purpose() -> None:
    silent = [f"{aggregate}.{name}" for aggregate, name in NAMED if not queries(aggregate)[name].startswith("-- ")]
    assert silent == []


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    assert migrate(database_url) == migrate(database_url) == newest_revision()


def test_the_database_ranks_severities_as_the_code_does(store: Store) -> None:
    with store.read() as r:
        ranks = {
            name: rank for name in Severity for (rank,) in r.raw.execute("SELECT mingchu_severity_rank(%s)", [name])
        }
    assert ranks == {severity: severity.rank for severity in Severity}


def test_the_review_queue_is_read_from_its_index(store: Store) -> None:
    with store.read() as r:
        r.raw.execute("SET LOCAL enable_seqscan = off")
        plan = r.raw.execute("EXPLAIN " + queries("alerts")["review_queue"], {"limit": 50}).fetchall()
    text = "\n".join(line for (line,) in plan)
    assert "alert_queue" in text
    assert "Sort" not in text
