"""Accountable people, escalation chains and leads in the browser, as an officer and a regulator use them."""

from typing import Any

from playwright.sync_api import expect

from tests.e2e.console.test_behaviours import dispatched
from tests.e2e.console.test_wishes import shot


def narrow_enough(page: Any) -> bool:  # noqa: ANN401
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_row_1_an_officer_names_a_successor_on_a_phone_and_hands_the_tasks_over(console: Any) -> None:  # noqa: ANN401
    dispatched(console, "no_chef_hat")
    page = console.page_of("enterprise-a", width=390)
    page.goto(f"{console.url}/console/people")
    page.click("text=任命")
    page.fill("[data-path='/v1/people'] [name=name]", "李接任")
    with page.expect_navigation(wait_until="load"):
        page.click("[data-path='/v1/people'] button")
    expect(page.locator(".people")).to_contain_text("李接任")
    page.click("summary:has-text('划分责任区域')")
    page.select_option("[data-path='/v1/responsibilities'] [name=person_id]", label="李接任（食品安全员）")
    page.select_option("[data-path='/v1/responsibilities'] [name=zone]", "cooking")
    with page.expect_navigation(wait_until="load"):
        page.click("[data-path='/v1/responsibilities'] button")
    expect(page.locator(".people table").nth(1)).to_contain_text("烹饪区")

    page.select_option("#hand-over [name=taker_id]", label="李接任（食品安全员）")
    givers = page.locator("#hand-over [name=giver_id] option")
    names = [givers.nth(number).text_content() or "" for number in range(givers.count())]
    page.select_option("#hand-over [name=giver_id]", label=next(name for name in names if "李接任" not in name))
    page.fill("#hand-over [name=reason]", "岗位调整")
    expect(page.locator("#move")).to_be_disabled()
    page.click("#look")
    expect(page.locator("#counted")).to_have_text("将移交 1 项未办结任务")
    shot(page, "hand-over-390")
    assert narrow_enough(page)
    with page.expect_navigation(wait_until="load"):
        page.click("#move")
    row = page.locator(".people table").first.locator("tr", has_text="李接任")
    expect(row.locator(".num")).to_have_text("1")


def test_a_regulator_previews_and_saves_a_chain_and_a_wrong_one_says_where(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("regulator-a")
    page.goto(f"{console.url}/console/chains")
    form = page.locator("form.chain[data-severity=minor]")
    page.locator("section", has=form).locator("summary").click()
    form.locator("[name=steps]").fill('{"unacknowledged": [{"after": "soon", "whom": ["officer"]}]}')
    form.locator(".look").click()
    expect(form.locator(".alarm")).to_contain_text("unacknowledged[0].after")
    steps = (
        '{"unacknowledged": [{"after": "2h", "whom": ["authority"]}], '
        '"overdue": [{"level": 1, "whom": ["county"]}], "returned": []}'
    )
    form.locator("[name=steps]").fill(steps)
    form.locator(".look").click()
    expect(form.locator(".preview li").first).to_contain_text("监管所")
    form.locator("[name=reason]").fill("市局要求")
    shot(page, "chain")
    with page.expect_navigation(wait_until="load"):
        form.locator("button.primary").click()
    expect(page.locator(".saved")).to_contain_text("市局要求")
    task = dispatched(console, "no_chef_hat")
    page.goto(f"{console.url}/console/tasks/{task.id}")
    expect(page.locator("section", has_text="如无人处理").last).to_contain_text("监管所")


def test_row_29_a_hazard_is_transferred_and_its_lead_is_handled_on_the_page(console: Any) -> None:  # noqa: ANN401
    task = dispatched(console, "no_chef_hat")
    page = console.page_of("regulator-a")
    page.goto(f"{console.url}/console/tasks/{task.id}")
    page.click("text=移送线索给执法部门")
    page.select_option("#transfer-ground", "other")
    page.fill("#transfer-addressee", "综合行政执法队")
    page.fill("#transfer-reason", "后厨发现三无产品")
    shot(page, "transfer")
    page.on("dialog", lambda dialog: dialog.accept())
    with page.expect_navigation(wait_until="load"):
        page.click("#transfer button")
    expect(page.locator(".task-head .state")).to_contain_text("已移送")
    page.goto(f"{console.url}/console/leads")
    for step in ("send", "accept"):
        with page.expect_navigation(wait_until="load"):
            page.click(f".lead-step[data-step={step}] button")
    page.click("summary:has-text('立案') >> nth=0")
    page.fill(".lead-step[data-step=file] [name=case_no]", "绍市监立〔2026〕1号")
    page.fill(".lead-step[data-step=file] [name=officers]", "甲")
    page.click(".lead-step[data-step=file] button")
    expect(page.locator("#said")).to_be_visible()
    page.fill(".lead-step[data-step=file] [name=officers]", "甲、乙")
    with page.expect_navigation(wait_until="load"):
        page.click(".lead-step[data-step=file] button")
    expect(page.locator(".lead")).to_contain_text("已立案")
    expect(page.locator(".lead")).to_contain_text("甲、乙")
    shot(page, "lead")
