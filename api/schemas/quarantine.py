"""Messages in quarantine."""

from datetime import datetime
from uuid import UUID

from api.schemas.common import Out


class QuarantineOut(Out):
    """A message that the platform could not accept, the reason, and how often it arrived."""

    id: UUID
    topic: str
    reason: str
    detail: str
    payload_sha256: str
    payload_bytes: int
    times: int
    first_at: datetime
    last_at: datetime
