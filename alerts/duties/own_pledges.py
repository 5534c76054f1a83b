"""Sign the pledges (承诺书) of an enterprise's own people: each for their post: load → decide → store."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from alerts.duties.lists import lists_in, text_digest
from models.base.clock import rfc3339
from models.base.errors import Conflict, Invalid, NotAllowed, NotFound
from models.base.ids import uuid7
from models.catalogue.supervision_terms import SignProof
from models.catalogue.terms import Post, Role, label
from models.changes.own_pledges import sign_own_pledge
from models.domain.access import Actor
from models.domain.own_pledges import OwnPledge, OwnPledgeDue
from models.domain.place import owner_of
from models.evidence.verifier import canonical
from models.store import own_pledges
from models.store.connect import Read, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLists:
    """责任清单, 任务清单 and 检查清单 of a post, and the title of its pledge."""

    post: Post
    title: str
    duties: tuple[str, ...]
    tasks: tuple[str, ...]
    inspections: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLists:
    """The lists of all posts, their version, and the words of the pledge with its fields."""

    version: str
    pledge: str
    posts: Mapping[Post, PostLists]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDraft:
    """What is to be signed: the text and its digest."""

    due: OwnPledgeDue
    text: str
    text_sha256: str


@cache
def own_lists() -> OwnLists:
    """Return the shipped lists of the posts of an enterprise.

    Raises:
        Invalid: a post or a list is missing.
    """
    raw: dict[str, Any] = tomllib.loads(files("alerts.duties").joinpath("own_lists.toml").read_text("utf-8"))
    posts = {}
    for post in Post:
        posts[post] = PostLists(post=post, **lists_in(raw.get(post), f"own_lists.toml: expected [{post}]"))
    return OwnLists(version=raw["version"], pledge=raw["pledge"], posts=posts)


def text_of(due: OwnPledgeDue) -> str:
    """Return the text that a person has to sign for their post."""
    lists = own_lists()
    own = lists.posts[due.post]
    return lists.pledge.format(
        title=own.title,
        name=due.name,
        entity=due.entity,
        tier="未评级" if due.tier is None else f"{due.tier} 级",
        post=label(due.post),
        duties="\n".join(f"{number}. {duty}；" for number, duty in enumerate(own.duties, 1)),
        version=lists.version,
    )


def own_draft(r: Read, person_id: UUID) -> OwnDraft:
    """Return the text that a person of an enterprise has to sign.

    Raises:
        NotFound: no such person in office of an operating enterprise that the caller may see.
    """
    due = own_pledges.due_of(r, person_id)
    if due is None:
        raise NotFound(f"no pledge is due of the person {person_id}: they need an office of an operating enterprise")
    text = text_of(due)
    return OwnDraft(due=due, text=text, text_sha256=text_digest(text))


def may_sign(due: OwnPledgeDue, *, by: Actor, own_entity: UUID | None) -> bool:
    """Return whether an account signs for a person: that person's own, or one of the whole enterprise."""
    return by.role is Role.enterprise and own_entity == due.entity_id and by.person_id in {None, due.person_id}


def sign_own(
    w: Write,
    person_id: UUID,
    *,
    name: str,
    text_sha256: str,
    proof: SignProof,
    own_entity: UUID | None,
    by: Actor,
    at: datetime,
) -> OwnPledge:
    """Sign the pledge of a person. `proof` is how this user proved just now who they are.

    Raises:
        NotFound: see `own_draft`.
        NotAllowed: the account is another person's, or not of this enterprise.
        Invalid: the name is not the person's.
        Conflict: the text is another than the one that was shown, or this pledge is signed already.
    """
    own_pledges.lock(w, person_id)
    wanted = own_draft(w, person_id)
    due = wanted.due
    if not may_sign(due, by=by, own_entity=own_entity):
        raise NotAllowed("承诺书由本人签订 a pledge is signed by the person's own account or one of their enterprise")
    if name.strip() != due.name:
        raise Invalid(f"请填写本人姓名{due.name} name: expected the person's own name, {due.name}")
    if text_sha256 != wanted.text_sha256:
        raise Conflict("承诺书内容已变化，请重新阅读 the text has changed since it was shown; read it again")
    if due.signed:
        raise Conflict("承诺书已签订 this pledge is signed already")
    unsigned = OwnPledge(
        id=uuid7(),
        **owner_of(due),
        person_id=due.person_id,
        name=due.name,
        post=due.post,
        entity=due.entity,
        tier=due.tier,
        template=own_lists().version,
        text=wanted.text,
        text_sha256=wanted.text_sha256,
        login=by.name,
        proof=proof,
        signed_at=at,
        signature="",
    )
    return sign_own_pledge(w, replace(unsigned, signature=own_signature(unsigned)), by=by.name, at=at)


def own_signature(pledge: OwnPledge) -> str:
    """Return the SHA-256 over the text's digest, who signed it for whom, how they proved it, and when, as hex."""
    content = {
        "id": str(pledge.id),
        "entity_id": str(pledge.entity_id),
        "person_id": str(pledge.person_id),
        "text_sha256": pledge.text_sha256,
        "name": pledge.name,
        "login": pledge.login,
        "proof": pledge.proof.value,
        "signed_at": rfc3339(pledge.signed_at),
    }
    return hashlib.sha256(canonical(content)).hexdigest()
