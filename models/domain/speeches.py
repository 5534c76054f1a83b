"""Speech: a short message on a kitchen's loudspeaker, which the platform asks a node to play."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.catalogue.terms import SpeechState
from models.domain.place import Owner

LIFE = timedelta(minutes=2)
"""A warning that nobody heard within this time is not played any more."""
PER_ASKING = timedelta(seconds=10)
"""The platform repeats its request if the node has not answered for this long."""
MEMORY = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech(Owner):
    """One message on one node's loudspeaker.

    Attributes:
        occasion: what it is about, as `models/catalogue/notices.toml` names it.
        text: the words to say.
        error: why it was not played, in words for the owner.
    """

    id: UUID
    site_id: str
    node_id: str
    occasion: str
    subject_id: UUID
    text: str
    state: SpeechState
    attempts: int
    expires_at: datetime
    error: str | None
    created_at: datetime
    done_at: datetime | None
