"""Every operation × post (三人三责): what an account of a post may call is written down in `posts.txt`.

With MINGCHU_UPDATE_SNAPSHOTS=1 the table is written anew, to be read in the diff.
"""

import os
from collections import defaultdict
from pathlib import Path
from uuid import uuid4

import pytest

from models.catalogue.terms import Post
from tests.attacks.rights.test_matrix import body_of, operations
from tests.integration.api.test_home import Desk
from tests.support.http import Rig, fresh_key
from tests.support.posts import three_posts

TABLE = Path(__file__).with_name("posts.txt")
REFUSED = "your post may not call"
NEEDED = {
    Post.officer: {"POST /v1/records/{record_id}/sign", "POST /v1/meals", "POST /v1/tasks/{task_id}/submit"},
    Post.director: {"POST /v1/reports/{report_id}/week", "POST /v1/reports/{report_id}/sign"},
    Post.principal: {"POST /v1/reports/{report_id}/month", "POST /v1/people", "POST /v1/channels"},
}
KEPT_FROM_OTHERS = {
    "POST /v1/channels",
    "POST /v1/devices",
    "POST /v1/hand-overs",
    "POST /v1/nodes",
    "POST /v1/openings",
    "POST /v1/people",
    "POST /v1/trainings",
    "POST /v1/webhooks",
    "GET /v1/channels",
    "GET /v1/events",
    "GET /v1/exports/{export}.{form}",
    "GET /v1/snapshot",
    "GET /v1/webhooks",
}


def open_to(rig: Rig, post: Post) -> set[str]:
    """The operations that an account of a post is let through to; their ids are of nothing, so nothing changes."""
    desk, found = Desk(rig, post.value), set()
    for method, path, operation in operations(rig):
        if not path.startswith("/v1/") or (path.startswith("/v1/me/") and method == "post"):
            continue  # without a log-in, or about the account that asks
        target = path.format_map(defaultdict(lambda: str(uuid4())))
        headers = {"X-CSRF-Token": desk.csrf, "If-Match": '"1"', "Accept": "application/json", **fresh_key()}
        body = body_of(rig, operation)
        answer = desk.http.request(method, target, headers=headers, **({} if body is None else {"json": body}))
        assert answer.status_code not in {401, 429}, (method, path, answer.text)
        if REFUSED not in answer.text and "needs one of the roles" not in answer.text:
            found.add(f"{method.upper()} {path}")
    return found


def test_what_each_post_may_call_is_written_down(rig: Rig) -> None:
    three_posts(rig.store, rig.a)
    allowed = {post: open_to(rig, post) for post in Post if post is not Post.principal}
    allowed[Post.principal] = open_to(rig, Post.principal)
    every = sorted(set().union(*allowed.values()), key=lambda one: one.split()[::-1])
    lines = [f"{one:66} {' '.join(post for post in Post if one in allowed[post])}" for one in every]
    if os.environ.get("MINGCHU_UPDATE_SNAPSHOTS"):
        TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert lines == TABLE.read_text(encoding="utf-8").splitlines()
    for post in Post:
        assert NEEDED[post] <= allowed[post], post
        if post is not Post.principal:
            assert not KEPT_FROM_OTHERS & allowed[post], post
            assert not NEEDED[Post.principal] & allowed[post], post


@pytest.mark.parametrize("path", ["/v1/events/stream", "/v1/snapshot", "/v1/webhooks"])
def test_an_officer_reads_no_feed(rig: Rig, path: str) -> None:
    three_posts(rig.store, rig.a)
    answer = Desk(rig, "officer").http.get(path)
    assert (answer.status_code, REFUSED in answer.text) == (403, True), answer.text


def test_somebody_who_left_reads_and_writes_nothing(rig: Rig) -> None:
    people = three_posts(rig.store, rig.a)
    desk = Desk(rig, "principal")
    with rig.store.write() as w:
        w.raw.execute("UPDATE person SET valid_to = now() WHERE id = %s", [people[Post.principal]])
    for path, body in (("/v1/people", {}), ("/v1/channels", {}), (f"/v1/own-pledges/{people[Post.principal]}", {})):
        answer = desk.post(path, body)
        assert (answer.status_code, "已离任" in answer.text) == (403, True), answer.text
    assert desk.http.get("/v1/me").status_code == 200
