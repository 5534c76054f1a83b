"""What an account of a person of an enterprise may call (三人三责): no more than their post needs.

A 主要负责人 may call what the whole enterprise may. A 食品安全总监 and a 食品安全员 read what their pages show, and
write what their post keeps; who has left office reads what they still see and writes nothing but their own account.
"""

import re
from collections.abc import Collection

from models.catalogue.duty_terms import DutyPeriod
from models.catalogue.terms import Post

_OWN = ("GET /v1/me", "POST /v1/me", "POST /logout", "GET /v1/home")
_READS = (
    "GET /v1/accountable",
    "GET /v1/alerts",
    "GET /v1/calendars",
    "GET /v1/codes",
    "GET /v1/duty-lists",
    "GET /v1/entities",
    "GET /v1/evidence",
    "GET /v1/guarantees/{entity_id}/board.pdf",
    "GET /v1/meals",
    "GET /v1/openings",
    "GET /v1/own-pledges",
    "GET /v1/packs",
    "GET /v1/people",
    "GET /v1/pledges",
    "GET /v1/public",
    "GET /v1/records",
    "GET /v1/regions",
    "GET /v1/reports",
    "GET /v1/scenes",
    "GET /v1/sites",
    "GET /v1/tasks",
    "GET /v1/trainings",
    "GET /v1/violations",
    "GET /v1/warning-rules",
    "GET /v1/warnings",
    "GET /v1/work-items",
)
_STEPS = (
    "POST /v1/own-pledges/{person_id}",
    "POST /v1/tasks/{task_id}/acknowledge",
    "POST /v1/tasks/{task_id}/appeal",
    "POST /v1/tasks/{task_id}/ask-extension",
    "POST /v1/tasks/{task_id}/photos",
    "POST /v1/tasks/{task_id}/start",
    "POST /v1/tasks/{task_id}/submit",
    "POST /v1/work-items/{work_item_id}/done",
)
_KEPT = {
    DutyPeriod.day: ("POST /v1/meals", "POST /v1/records"),
    DutyPeriod.week: ("POST /v1/reports", "POST /v1/reports/{report_id}/week", "POST /v1/reports/{report_id}/sign"),
    DutyPeriod.month: ("POST /v1/reports", "POST /v1/reports/{report_id}/month", "POST /v1/reports/{report_id}/sign"),
}
_WHOLE = frozenset({"POST /v1/records", "POST /v1/me", "POST /v1/me/sessions"})
"""Writing entries that stand for all that lies below them, as reading ones do."""


def post_may(post: Post | None, periods: Collection[DutyPeriod], method: str, path: str) -> bool:
    """Return whether an account of a post may call a route; `path` is the route's own, with its parameters' names.

    `post` is None for who has left office; `periods` are those that the post keeps now.

    >>> post_may(Post.officer, {DutyPeriod.day}, "POST", "/v1/records/{record_id}/sign")
    True
    >>> post_may(Post.officer, {DutyPeriod.day}, "POST", "/v1/channels")
    False
    """
    if post is Post.principal:
        return True
    asked = f"{'GET' if method == 'HEAD' else method} {path}"
    entries = [*_OWN, *_READS]
    if post is not None:
        entries += [*_STEPS, *(entry for period in periods for entry in _KEPT[period])]
    return any(_fits(entry, asked) for entry in entries)


def _fits(entry: str, asked: str) -> bool:
    if asked == entry:
        return True
    below = entry.startswith("GET ") or entry in _WHOLE
    return below and re.match(rf"{re.escape(entry)}[/.]", asked) is not None
