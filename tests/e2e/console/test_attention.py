"""A verdict applies to the alert on the screen, and the focus stays in place when content is replaced."""

from typing import Any

from playwright.sync_api import Page, Request, Route, expect

from alerts.hazards.review import confirm
from models.base.clock import SystemClock
from models.catalogue.terms import Role
from models.domain.access import Actor
from tests.support.people import number_feed, raise_alert

CITY = Actor(name="city", role=Role.regulator)


def focused(page: Page, attribute: str) -> str | None:
    found: str | None = page.evaluate("name => document.activeElement.getAttribute(name)", attribute)
    return found


def test_keys_do_not_judge_a_skipped_alert(console: Any) -> None:  # noqa: ANN401
    skipped, next_one = (raise_alert(console.store, console.files, console.a, code) for code in ("rodent", "smoking"))
    page = console.page_of("regulator-a")
    held: list[Route] = []
    judged: list[str] = []

    def hold(route: Route) -> None:
        held.append(route)

    def note(request: Request) -> None:
        if request.method == "POST":
            judged.append(request.url)

    page.route("**/console/review/items/*", hold)
    page.on("request", note)
    page.reload()
    expect(page.locator("#alert h2")).to_contain_text("老鼠")
    page.keyboard.press("j")
    expect(page.locator("#item.busy")).to_be_visible()
    page.keyboard.press("y")
    page.click("[data-verdict=confirm]")
    page.wait_for_timeout(300)
    assert judged == []
    for route in held:
        route.continue_()
    expect(page.locator("#alert h2")).to_contain_text("吸烟")
    page.unroute("**/console/review/items/*")
    page.keyboard.press("y")
    expect(page.locator(".row")).to_have_count(1)
    assert [url.rsplit("/", 2)[1] for url in judged] == [str(next_one.id)]
    expect(page.locator(f".row[data-alert='{skipped.id}']")).to_be_visible()


def test_after_a_verdict_the_focus_is_on_the_next_alerts_heading(console: Any) -> None:  # noqa: ANN401
    for code in ("rodent", "smoking"):
        raise_alert(console.store, console.files, console.a, code)
    page = console.page_of("regulator-a")
    button = page.locator("#item [data-verdict=confirm]")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#alert h2")).to_contain_text("吸烟")
    expect(page.locator("#alert h2")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    expect(page.locator(".row")).to_have_count(1)


def test_an_update_keeps_the_focus_on_its_row(console: Any) -> None:  # noqa: ANN401
    waiting = [raise_alert(console.store, console.files, console.a, code) for code in ("rodent", "phone_use")]
    page = console.page_of("regulator-a")
    page.locator(f".row[data-alert='{waiting[1].id}']").focus()
    raise_alert(console.store, console.files, console.a, "smoking")
    expect(page.locator(".row")).to_have_count(3)
    assert focused(page, "data-alert") == str(waiting[1].id)


def test_an_update_of_the_board_keeps_the_focus_on_its_task(console: Any) -> None:  # noqa: ANN401
    def dispatched(code: str) -> str:
        alert = raise_alert(console.store, console.files, console.a, code)
        with console.store.write() as w:
            task = confirm(w, alert.id, revision=1, by=CITY, at=SystemClock().now())[1]
        number_feed(console.store)
        return str(task.id)

    task = dispatched("smoking")
    page = console.page_of("enterprise-a")
    page.goto(f"{console.url}/console/tasks")
    link = page.locator(f"#board [href$='{task}']").first
    link.focus()
    dispatched("fire_smoke")
    expect(page.locator(".col-todo .task")).to_have_count(2)
    assert (focused(page, "href") or "").endswith(task)


def test_an_update_of_the_sites_page_keeps_the_focus_on_the_page(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("regulator-a")
    page.goto(f"{console.url}/console/sites")
    # An element that the next version of the page does not have.
    page.evaluate("""() => {
        const gone = Object.assign(document.createElement("a"), { href: "/gone", textContent: "gone" });
        document.querySelector("#sites").append(gone);
        gone.focus();
        document.dispatchEvent(new Event("visibilitychange"));
    }""")
    expect(page.locator("#sites a[href='/gone']")).to_have_count(0)
    expect(page.locator("#sites h1")).to_be_focused()
