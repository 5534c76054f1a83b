"""Messages that were set aside."""

from datetime import datetime
from uuid import UUID

from api.schemas.common import Out


class QuarantineOut(Out):
    """A message that was set aside, why, and how often."""

    id: UUID
    topic: str
    reason: str
    detail: str
    payload_sha256: str
    payload_bytes: int
    times: int
    first_at: datetime
    last_at: datetime
