"""Filters of lists and of the feed, as parameters of a request."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request

from api.requests import plain_text
from models.base.errors import Invalid
from models.catalogue.terms import Severity
from models.store.filters import Filter

CodeFilter = Annotated[str | None, Query(max_length=64, pattern=r"^[a-z0-9_]+$", description="a code of the catalogue")]
RegionFilter = Annotated[str | None, Query(pattern=r"^[0-9]{2,12}$", description="a prefix of region codes")]
SiteFilter = Annotated[str | None, Query(max_length=64, pattern=r"^[a-z0-9_-]+$", description="a kitchen")]
EntityFilter = Annotated[UUID | None, Query(description="an enterprise")]
SeverityFilter = Annotated[Severity | None, Query(description="exactly this severity")]


def _chosen(
    code: CodeFilter = None,
    severity: SeverityFilter = None,
    region: RegionFilter = None,
    entity_id: EntityFilter = None,
    site_id: SiteFilter = None,
    since: Annotated[datetime | None, Query(description="made at this time or later, with a time zone")] = None,
    until: Annotated[datetime | None, Query(description="made before this time, with a time zone")] = None,
    text: Annotated[str, Query(max_length=100, description="a part of the enterprise's or kitchen's name")] = "",
) -> Filter:
    for moment in (since, until):
        if moment is not None and moment.tzinfo is None:
            raise Invalid("since, until: expected a time zone")
    return Filter(
        code=code,
        severity=severity,
        region=region,
        entity_id=entity_id,
        site_id=site_id,
        since=since,
        until=until,
        text=plain_text(text),
    )


QUERY_OF_FEED = frozenset(
    {"cursor", "limit", "type", "wait", "epoch", "code", "severity", "region", "entity_id", "site_id"}
)
"""All that the feed can be asked: a misspelt filter would let everything through."""


def _of_feed(
    request: Request,
    code: CodeFilter = None,
    severity: SeverityFilter = None,
    region: RegionFilter = None,
    entity_id: EntityFilter = None,
    site_id: SiteFilter = None,
) -> Filter:
    for name in request.query_params:
        if name not in QUERY_OF_FEED:
            raise Invalid(f"{name[:80]!r}: the feed has no such filter; it has {', '.join(sorted(QUERY_OF_FEED))}")
    return Filter(code=code, severity=severity, region=region, entity_id=entity_id, site_id=site_id)


Chosen = Annotated[Filter, Depends(_chosen)]
"""What a list is asked for."""
ChosenOfFeed = Annotated[Filter, Depends(_of_feed)]
"""What the feed is asked for, besides types; its time is its order."""
