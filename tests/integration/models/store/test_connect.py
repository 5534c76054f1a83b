"""Connections: migrations under running roles, each process noticing once; and how long a statement may take."""

from datetime import UTC, datetime

import psycopg
import pytest

from alerts.duties.warnings.evaluating import evaluate
from models.base.errors import StoreUnavailable
from models.store import Store, registry
from models.store.connect import WORKER, Write
from tests.support.world import seed_world

PREPARED_AFTER = 5
"""So many executions psycopg waits before it prepares a query."""


def test_prepared_queries_survive_a_new_column(store: Store, database_url: str) -> None:
    kitchen, _ = seed_world(store)
    with Store(database_url, role=WORKER, size=3) as several:
        with several.read() as a, several.read() as b, several.read() as c:
            for r in (a, b, c):
                for _ in range(PREPARED_AFTER + 3):
                    assert registry.site(r, kitchen.site) is not None
        with psycopg.connect(database_url) as owner:
            owner.execute("ALTER TABLE site ADD COLUMN smell text")
            owner.execute("ALTER TABLE site ALTER COLUMN address TYPE varchar(200)")
        failed = 0
        for _ in range(6):
            try:
                with several.read() as r:
                    assert registry.site(r, kitchen.site) is not None
            except StoreUnavailable as error:
                assert "schema has just changed" in str(error)  # noqa: PT017 - it may also go well
                failed += 1
        assert failed == 1, "only the first of three connections was in the way"


def test_what_the_server_can_not_do_is_no_change_of_schema(store: Store) -> None:
    with pytest.raises(psycopg.errors.FeatureNotSupported), store.write() as w:
        w.raw.execute(
            "SELECT row_number() OVER (ORDER BY 1 ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES), "
            "count(DISTINCT x) OVER () FROM (VALUES (1)) v (x)"
        )


def test_a_statement_takes_longer_in_a_nights_run_alone(store: Store) -> None:
    def allowed(w: Write) -> str:
        return str(w.raw.execute("SHOW statement_timeout").fetchone())

    with store.write() as w:
        assert allowed(w) == "('30s',)"
        evaluate(w, at=datetime(2026, 11, 4, 3, tzinfo=UTC))
        assert allowed(w) == "('10min',)"
    with store.write() as w:
        assert allowed(w) == "('30s',)"
