"""People of an enterprise with accounts of their own (三人三责)."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from models.base.ids import uuid7
from models.catalogue.terms import Post, Role
from models.domain.place import owner_of
from models.domain.registry import Person
from models.store import Store, access, registry
from tests.support.people import user_of
from tests.support.world import Kitchen

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
NAMES = {Post.officer: "王安全", Post.director: "李总监", Post.principal: "张校长"}


def name_post(store: Store, kitchen: Kitchen, post: Post, *, name: str | None = None) -> UUID:
    """Name somebody to a post, long ago; return the person's id."""
    with store.write() as w:
        site = registry.site(w, kitchen.site)
        assert site is not None
        person = Person(id=uuid7(), **owner_of(site), name=name or NAMES[post], post=post, valid_from=SINCE)
        registry.add_person(w, person)
    return person.id


def account_of(store: Store, kitchen: Kitchen, post: Post, login: str) -> UUID:
    """Name somebody to a post and give them an account of their own; return the person's id."""
    person_id = name_post(store, kitchen, post)
    user = user_of(login, Role.enterprise, entity=kitchen.entity)
    with store.write() as w:
        access.add_user(w, replace(user, person_id=person_id))
    return person_id


def three_posts(store: Store, kitchen: Kitchen) -> dict[Post, UUID]:
    """Accounts `officer`, `director` and `principal` of an enterprise."""
    return {post: account_of(store, kitchen, post, post.value) for post in Post}
