import pytest

from api.access.posts import post_may
from models.catalogue.duty_terms import DutyPeriod
from models.catalogue.terms import Post


@pytest.mark.parametrize(
    ("post", "periods", "asked", "may"),
    [
        (Post.principal, set(), "POST /v1/webhooks", True),
        (Post.officer, {DutyPeriod.day}, "POST /v1/records", True),
        (Post.officer, {DutyPeriod.day}, "POST /v1/records/{record_id}/answers", True),
        (Post.officer, {DutyPeriod.day}, "POST /v1/reports", False),
        (Post.officer, {DutyPeriod.day, DutyPeriod.week}, "POST /v1/reports/{report_id}/week", True),
        (Post.officer, set(), "POST /v1/records", False),
        (Post.director, {DutyPeriod.week}, "POST /v1/reports/{report_id}/month", False),
        (Post.director, {DutyPeriod.week}, "GET /v1/records/{record_id}.pdf", True),
        (Post.director, {DutyPeriod.week}, "HEAD /v1/evidence/{evidence_id}/content", True),
        (Post.director, {DutyPeriod.week}, "GET /v1/people-secret", False),
        (Post.director, {DutyPeriod.week}, "POST /v1/people", False),
        (Post.director, {DutyPeriod.week}, "POST /v1/tasks/{task_id}/accept", False),
        (None, set(), "GET /v1/home", True),
        (None, set(), "POST /v1/me/password", True),
        (None, set(), "POST /v1/tasks/{task_id}/submit", False),
    ],
)
def test_a_post_may_what_it_keeps(post: Post | None, periods: set[DutyPeriod], asked: str, *, may: bool) -> None:
    assert post_may(post, periods, *asked.split()) is may
