"""The platform below a path of its host: addresses go in without it and out with it."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from api.prefix import Prefixed, prefix_of
from models.base.errors import Invalid
from tests.support.http import TestClient

PAGE = (
    '<meta name="prefix" content=""><a href="/console/tasks">x</a><img src="/static/a.svg"><form action="/logout">'
    '<a href="//elsewhere/x"><a href="https://elsewhere/"><p>href=&#34;/console/no&#34;</p><p data-path="/v1/x"></p>'
)


def page(_request: Request) -> Response:
    answer = HTMLResponse(PAGE)
    answer.set_cookie("a", "b")
    answer.set_cookie("c", "d", path="/login/with")
    return answer


def told(request: Request) -> Response:
    return JSONResponse({"path": request.url.path, "text": 'href="/x"'})


def elsewhere(request: Request) -> Response:
    return RedirectResponse(request.query_params["to"], status_code=303)


@pytest.fixture
def client() -> TestClient:
    app = Starlette(routes=[Route("/", page), Route("/told", told), Route("/away", elsewhere)])
    return TestClient(Prefixed(app, prefix="/mingchu"), follow_redirects=False)


@pytest.mark.parametrize("path", ["/mingchu", "/mingchu/", "/"])
def test_addresses_in_pages_begin_with_the_prefix(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.text == (
        '<meta name="prefix" content="/mingchu"><a href="/mingchu/console/tasks">x</a><img src="/mingchu/static/a.svg">'
        '<form action="/mingchu/logout"><a href="//elsewhere/x"><a href="https://elsewhere/">'
        '<p>href=&#34;/console/no&#34;</p><p data-path="/v1/x"></p>'
    )
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert [cookie.split("; ")[1] for cookie in answer.headers.get_list("set-cookie")] == [
        "Path=/mingchu/",
        "Path=/mingchu/login/with",
    ]


@pytest.mark.parametrize("path", ["/mingchu/told", "/told"])
def test_other_answers_stay_as_they_are(client: TestClient, path: str) -> None:
    assert client.get(path).json() == {"path": "/told", "text": 'href="/x"'}
    assert client.get("/mingchutold").status_code == 404


@pytest.mark.parametrize(
    ("to", "expected"),
    [("/console", "/mingchu/console"), ("https://x.cn/a", "https://x.cn/a"), ("//x.cn", "//x.cn")],
)
def test_redirects_within_the_platform_get_it(client: TestClient, to: str, expected: str) -> None:
    assert client.get("/mingchu/away", params={"to": to}).headers["location"] == expected


@pytest.mark.parametrize(
    ("url", "prefix"),
    [("https://h", ""), ("https://h/", ""), ("https://h:8/a/b-c/", "/a/b-c"), ("http://h/ming.chu", "/ming.chu")],
)
def test_the_prefix_is_the_path_of_the_address(url: str, prefix: str) -> None:
    assert prefix_of(url) == prefix


@pytest.mark.parametrize("url", ["https://h/a b", 'https://h/"x', "https://h//x", "https://h/%2e"])
def test_other_paths_are_refused(url: str) -> None:
    with pytest.raises(Invalid, match="MINGCHU_PUBLIC_URL"):
        prefix_of(url)
