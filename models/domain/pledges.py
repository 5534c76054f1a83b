"""Pledges (承诺书): a cadre signs what they will do for an enterprise that they supervise."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.catalogue.supervision_terms import CadreLevel, SignProof
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledge(Owner):
    """A signed pledge; never changed.

    Attributes:
        cadre, post, level, entity, tier: who pledged for whom, as they stood when it was signed.
        template: version of the lists of duties that the text was made of.
        text: what was signed.
        text_sha256: its digest, as the signer saw it.
        login: the user who signed.
        proof: how the user proved who they are; None for a pledge from before this was asked.
        signature: SHA-256 over the digest, the names, the login, the proof and the time.
    """

    id: UUID
    cadre_id: UUID
    cadre: str
    post: str
    level: CadreLevel
    entity: str
    tier: str
    template: str
    text: str
    text_sha256: str
    login: str
    signed_at: datetime
    signature: str
    proof: SignProof | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeDue(Owner):
    """An enterprise whose primary cadre has to have signed.

    Attributes:
        since: when this cadre took over the enterprise.
        pledge_id: the last pledge of this cadre for it; None if there is none.
        lapsed: why that pledge does not count any more (`tier`, `owner`, `principal`, `template`); None if it counts.
    """

    entity: str
    tier: str | None
    cadre_id: UUID
    cadre: str
    level: CadreLevel
    since: datetime
    pledge_id: UUID | None
    signed_at: datetime | None
    lapsed: str | None

    @property
    def signed(self) -> bool:
        """Whether a pledge counts."""
        return self.pledge_id is not None and self.lapsed is None
