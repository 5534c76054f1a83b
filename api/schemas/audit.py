"""The audit log and the state of the platform itself."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from api.schemas.common import Out


class AuditOut(Out):
    """One entry of the audit log."""

    id: UUID
    seq: int
    at: datetime
    region_code: Annotated[str, Field(description="where the object lies; empty: the whole tenant")]
    entity_id: UUID | None
    actor: Annotated[str, Field(description="log-in, `key:PREFIX`, `cli`, or `system`")]
    action: Annotated[
        str,
        Field(
            description="`evidence.viewed`, `evidence.exported`, `data.exported`, `data.applied`, `session.opened`, or "
            "a table with `.added`, `.changed`, `.removed`"
        ),
    ]
    object: str
    reason: str
    detail: Annotated[dict[str, Any], Field(description="of a change each column with [old, new]; secrets are `***`")]


class ProcessOut(Out):
    """A process that shares work by leases."""

    kind: str
    name: str
    held: int
    since: datetime
    alive: bool


class SystemOut(Out):
    """The platform itself. Queues are counted up to 100,000."""

    processes: list[ProcessOut]
    queues: dict[str, int]
    sessions: int
    database_bytes: int
    free_bytes: Annotated[int, Field(description="room for evidence")]
    disk_full_days: Annotated[
        float | None,
        Field(description="days until that is used up, by a week's growth; null if unknown or not growing"),
    ]
    server: str
    timescale: str | None
    revision: str
    version: str
