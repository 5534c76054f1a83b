import psycopg
import pytest

from models.store import Store, migrate
from models.store.migrate import newest_revision
from models.store.queries import aggregates, queries

NAMED = [(aggregate, name) for aggregate in aggregates() for name in queries(aggregate)]


@pytest.mark.parametrize(("aggregate", "name"), NAMED)
def test_every_query_prepares_against_the_migrated_schema(store: Store, aggregate: str, name: str) -> None:
    sql = queries(aggregate)[name]
    body = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
    with store.write() as w:
        if body.startswith(("COPY", "CREATE TEMP")) or "reading_stage" in body:
            w.raw.execute(queries("intake")["make_stage"])
            return
        from psycopg._queries import PostgresQuery  # noqa: PLC0415 - the converter of %(name)s to $1
        from psycopg._transformer import Transformer  # noqa: PLC0415

        converted = PostgresQuery(Transformer(w.raw))
        converted.convert(body, _Everything())
        result = w.raw.pgconn.prepare(b"checked", converted.query)
        assert result.status == psycopg.pq.ExecStatus.COMMAND_OK, result.error_message.decode()


class _Everything(dict[str, None]):
    def __missing__(self, key: str) -> None:
        return None

    def __contains__(self, key: object) -> bool:
        return True


def test_every_query_says_what_it_is_for() -> None:
    silent = [
        f"{aggregate}.{name}"
        for aggregate, name in NAMED
        if not queries(aggregate)[name].startswith("-- ")
    ]
    assert silent == []


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    assert migrate(database_url) == migrate(database_url) == newest_revision()
