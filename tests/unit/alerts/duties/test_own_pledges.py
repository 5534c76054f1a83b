from uuid import UUID

import pytest

from alerts.duties.own_pledges import may_sign, own_lists, text_of
from models.catalogue.terms import Post, Role, label
from models.domain.access import Actor
from models.domain.own_pledges import OwnPledgeDue

ENTITY, PERSON = UUID(int=1), UUID(int=2)


def due(post: Post = Post.officer, tier: str | None = "C") -> OwnPledgeDue:
    return OwnPledgeDue(
        tenant_id="t",
        entity_id=ENTITY,
        region_code="330602",
        entity="示例小学食堂",
        tier=tier,
        person_id=PERSON,
        name="王安全",
        post=post,
        since=None,
        pledge_id=None,
        signed_at=None,
        lapsed=None,
    )


@pytest.mark.parametrize("post", Post)
def test_every_post_has_lists_and_a_text_that_names_who_pledges(post: Post) -> None:
    lists = own_lists().posts[post]
    assert lists.duties
    assert lists.tasks
    assert lists.inspections
    text = text_of(due(post))
    assert text.startswith(lists.title)
    assert all(
        part in text for part in ("王安全", "示例小学食堂", "C 级", label(post), own_lists().version, *lists.duties)
    )
    assert "{" not in text


def test_a_text_changes_with_what_lets_a_pledge_lapse() -> None:
    assert text_of(due(tier=None)) != text_of(due()) != text_of(due(tier="B"))


@pytest.mark.parametrize(
    ("role", "person", "entity", "may"),
    [
        (Role.enterprise, PERSON, ENTITY, True),
        (Role.enterprise, None, ENTITY, True),
        (Role.enterprise, UUID(int=3), ENTITY, False),
        (Role.enterprise, None, UUID(int=4), False),
        (Role.regulator, None, None, False),
        (Role.admin, None, ENTITY, False),
    ],
)
def test_the_person_or_the_whole_enterprise_signs(
    role: Role, person: UUID | None, entity: UUID | None, *, may: bool
) -> None:
    assert may_sign(due(), by=Actor(name="x", role=role, person_id=person), own_entity=entity) is may
