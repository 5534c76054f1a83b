"""Which post keeps the day, the week and the month, and which stands in while it is vacant."""

from itertools import combinations

import pytest

from alerts.duties.posts import periods_of
from models.catalogue.duty_terms import DutyPeriod
from models.catalogue.terms import Post

DAY, WEEK, MONTH = DutyPeriod.day, DutyPeriod.week, DutyPeriod.month


@pytest.mark.parametrize(
    ("post", "held", "periods"),
    [
        (Post.officer, set(Post), (DAY,)),
        (Post.director, set(Post), (WEEK,)),
        (Post.principal, set(Post), (MONTH,)),
        (Post.officer, {Post.officer, Post.principal}, (DAY, WEEK)),  # a small enterprise has no 总监
        (Post.director, {Post.director, Post.principal}, (DAY, WEEK)),
        (Post.principal, {Post.principal}, (DAY, WEEK, MONTH)),
        (Post.officer, {Post.officer}, (DAY, WEEK, MONTH)),
        (Post.director, {Post.officer}, ()),  # whose post is vacant keeps nothing
    ],
)
def test_each_post_keeps_its_period_and_those_of_vacant_posts(
    post: Post, held: set[Post], periods: tuple[DutyPeriod, ...]
) -> None:
    assert periods_of(post, held) == periods


def test_every_period_has_exactly_one_keeper_while_anybody_is_in_office() -> None:
    for size in (1, 2, 3):
        for held in combinations(Post, size):
            kept = [period for post in held for period in periods_of(post, held)]
            assert sorted(kept) == sorted(DutyPeriod), held
