from datetime import UTC, datetime, timedelta

from deploy.demo.plan import default_plan
from deploy.demo.seed import hours_of
from vision.judging.rules import is_closed


def test_the_demo_is_the_same_at_any_hour_of_the_day() -> None:
    midnight = datetime(2026, 9, 1, tzinfo=UTC)
    sites = [site for entity in default_plan().entities for site in entity.sites]
    assert {site.always_closed for site in sites} == {True, False}
    for site in sites:
        day = {is_closed(*hours_of(site), at=midnight + timedelta(minutes=15 * i)) for i in range(96)}
        assert day == {site.always_closed}, site.id
