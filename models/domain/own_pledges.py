"""Pledges (承诺书) of the people of enterprises, each for their post: principal, 食品安全总监, 食品安全员."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.catalogue.supervision_terms import SignProof
from models.catalogue.terms import Post
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPledge(Owner):
    """A signed pledge; never changed.

    Attributes:
        name, post, entity, tier: who pledged for which enterprise, as they stood when it was signed.
        template: version of the lists that the text was made of.
        text, text_sha256: what was signed, and its digest as the signer saw it.
        login, proof: the user who signed, and how they proved who they are.
        signature: SHA-256 over the digest, the names, the login, the proof and the time.
    """

    id: UUID
    person_id: UUID
    name: str
    post: Post
    entity: str
    tier: str | None
    template: str
    text: str
    text_sha256: str
    login: str
    proof: SignProof
    signed_at: datetime
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPledgeDue(Owner):
    """A person in office who has to have signed.

    Attributes:
        since: when the person took office; None if unknown.
        pledge_id: the person's last pledge; None if there is none.
        lapsed: why that pledge does not count any more (`tier`, `owner`, `principal`, `template`); None if it counts.
    """

    entity: str
    tier: str | None
    person_id: UUID
    name: str
    post: Post
    since: datetime | None
    pledge_id: UUID | None
    signed_at: datetime | None
    lapsed: str | None

    @property
    def signed(self) -> bool:
        """Whether a pledge counts."""
        return self.pledge_id is not None and self.lapsed is None
