"""Escalation chains."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from api.schemas.tasks import AheadOut
from models.catalogue.terms import Severity

_STEPS: dict[str, Any] = {
    "unacknowledged": [{"after": "4h", "whom": ["director"]}, {"after": "8h", "whom": ["authority"]}],
    "overdue": [{"level": 1, "whom": ["principal"]}, {"level": 2, "whom": ["authority"]}],
    "returned": [{"returns": 3, "whom": ["authority"]}],
}
Steps = Annotated[
    dict[str, Any],
    Field(
        description="`unacknowledged`: steps with `after` (`30m`, `1h30m`); `overdue`: with `level` (1–4); `returned`: "
        "with `returns`; `unreviewed`, `undecided`: with `after`. Each has `whom`: officer, director, principal, "
        "authority, county."
    ),
]


class ChainOut(Out):
    """The escalation chain that applies in a region, and where it comes from."""

    severity: Severity
    severity_label: str
    region: str
    jurisdiction: Annotated[str | None, Field(description="null: the chain that the platform ships")]
    version: int | None
    steps: Steps


class SavedChainOut(Out):
    """A chain as somebody saved it."""

    severity: Severity
    jurisdiction: str
    version: int
    steps: Steps
    reason: str
    saved_by: str
    saved_at: datetime


class ChainIn(In):
    """A chain to check or to save."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"severity": "major", "steps": _STEPS, "reason": "市局要求"}}
    )

    severity: Severity
    jurisdiction: Annotated[str, Field(max_length=12, description="Prefix of the region codes; empty: all regions")] = (
        ""
    )
    steps: Steps
    reason: Annotated[Text, Field(max_length=500, description="needed to save it")] = ""


class ChainPreviewOut(Out):
    """What a chain would do to a hazard that is found now and that nobody handles."""

    dispatched_at: datetime
    due_at: datetime
    ahead: list[AheadOut]
