"""The measurements run, at sizes that say nothing about speed."""

import pytest

from deploy.bench import duties, feed
from models.base.errors import Conflict
from models.store import Store


def test_a_nights_run_finds_what_is_due_at_every_size() -> None:
    found = duties.measure(sizes=(100, 300), days=20)
    assert found.due["100"]["generate"] == 100
    assert found.due["300"]["generate"] == 300
    assert found.due["300"]["index"] == 300
    assert found.due["300"]["warnings"] >= 300 // 50, "unsigned pledges, at least"
    assert set(found.seconds) == {"100", "300"}
    assert set(found.ratio_per_entity) == {"generate", "warnings", "index"}


def test_a_synthetic_province_is_never_mixed_with_real_enterprises(store: Store, database_url: str) -> None:
    duties.generate(database_url, entities=3, days=2, at=duties.AT)
    with pytest.raises(Conflict, match="3 enterprises"):
        duties.generate(database_url, entities=3, days=2, at=duties.AT)
    with store.read() as r:
        assert r.raw.execute("SELECT count(*) FROM day_record").fetchone() == (6,)


def test_a_page_of_the_feed_is_compared_with_bare_sql_for_each_scope() -> None:
    found = feed.measure(events=12_000)
    assert set(found.scopes) == {"tenant", "district", "enterprise"}
    assert all(one.p99_ms_10m > 0 and one.bare_p99_ms_10m > 0 for one in found.scopes.values())
