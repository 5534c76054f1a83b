from datetime import UTC, datetime, timedelta

from deploy.doctor.platform import JUDGES, _clock
from models.store.health import Health
from vision.pipeline.sites import KIND

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def health_at(clock: datetime) -> Health:
    return Health(
        clock=clock,
        oldest_unnumbered_s=None,
        endpoints_given_up=0,
        deliveries_exhausted=0,
        notices_given_up=0,
        nodes=0,
        nodes_gone=0,
        nodes_skewed=0,
        connections=1,
        most_connections=97,
    )


def test_the_kind_of_work_of_judges_has_its_name() -> None:
    assert JUDGES == KIND


def test_clocks_that_differ_are_told_a_slow_answer_is_not() -> None:
    asked, answered = NOW, NOW + timedelta(seconds=30)
    assert list(_clock(health_at(NOW + timedelta(seconds=20)), asked, answered)) == []
    ahead, behind = health_at(answered + timedelta(seconds=9)), health_at(asked - timedelta(hours=1))
    assert [check.what for check in _clock(ahead, asked, answered)] == [
        "the clocks of this machine and of the database differ by 9 s"
    ]
    assert [check.good for check in _clock(behind, asked, answered)] == [False]
