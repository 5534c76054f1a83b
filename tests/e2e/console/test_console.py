import re
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from alerts.hazards.review import confirm, reject
from models.base.clock import SystemClock
from models.catalogue.terms import AlertState, RejectReason, Role, TaskState
from models.domain.access import Actor
from models.store import alerts, tasks
from tests.support.people import number_feed, picture, raise_alert

CITY = Actor(name="city", role=Role.regulator)


def test_a_hazard_from_its_confirmation_to_its_closure(console: Any, tmp_path: Path) -> None:  # noqa: ANN401
    hazard = raise_alert(console.store, console.files, console.a, "rodent")
    mistake = raise_alert(console.store, console.files, console.a, "smoking")
    unclear = raise_alert(console.store, console.files, console.a, "phone_use")
    reviewer = console.page_of("regulator-a")
    expect(reviewer.locator("#alert h2")).to_contain_text("老鼠")
    expect(reviewer.locator("#alert [data-boxed]")).to_be_visible()
    reviewer.keyboard.press("b")
    expect(reviewer.locator("#alert [data-clean]")).to_be_visible()
    expect(reviewer.locator("#alert [data-boxed]")).to_be_hidden()
    reviewer.keyboard.press("y")
    expect(reviewer.locator("#alert h2")).to_contain_text("吸烟")
    reviewer.keyboard.press("n")
    expect(reviewer.locator("#alert h2")).to_contain_text("玩手机")
    reviewer.keyboard.press("0")
    expect(reviewer.locator("#said")).to_contain_text("无法判定须写明原因")
    reviewer.keyboard.type("画面模糊")
    reviewer.keyboard.press("Enter")
    expect(reviewer.locator("#item")).to_contain_text("没有待复核的预警")
    with console.store.read() as r:
        states = {alert.id: (alert.state, alert.reason, alert.remark) for alert in alerts.alerts(r, limit=9)}
    assert states == {
        hazard.id: (AlertState.confirmed, None, None),
        mistake.id: (AlertState.rejected, "false_alarm", None),
        unclear.id: (AlertState.inconclusive, None, "画面模糊"),
    }

    officer = console.page_of("enterprise-a", width=390)
    with officer.expect_navigation(wait_until="load"):
        officer.click("[aria-labelledby=h-tasks] a.go")
    with officer.expect_navigation(wait_until="load"):
        officer.click("[data-step=acknowledge] button")
    expect(officer.locator(".deadline .state")).to_contain_text("已签收")
    photo = tmp_path / "after.jpg"
    photo.write_bytes(picture("after"))
    officer.set_input_files("#photos", photo)
    officer.fill("#measure", "已封堵孔洞并投放粘鼠板")
    officer.fill("#cause", "下水口没有防鼠网")
    officer.click("#submit button.primary")
    expect(officer.locator(".deadline .state")).to_contain_text("已提交")
    expect(officer.locator(".timeline")).to_contain_text("照片 1 张")

    reviewer.goto(officer.url)
    expect(reviewer.locator("body")).to_contain_text("已封堵孔洞并投放粘鼠板")
    reviewer.click("[data-step=accept] button")
    expect(reviewer.locator(".deadline .state")).to_contain_text("已销号")
    with console.store.read() as r:
        (task,) = tasks.tasks(r, limit=9)
    assert (task.state, task.submitted_by) == (TaskState.closed, "enterprise-a")


def test_new_alerts_appear_and_a_stale_one_is_reloaded(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("regulator-a")
    expect(page.locator("#item")).to_contain_text("没有待复核的预警")
    first = raise_alert(console.store, console.files, console.a)
    expect(page.locator("#alert h2")).to_contain_text("未戴工作帽")
    with console.store.write() as w:
        w.raw.execute("UPDATE alert SET revision = revision + 1 WHERE id = %s", [first.id])
    page.keyboard.press("y")
    expect(page.locator(".toast.bad")).to_contain_text("内容刚刚有变化")
    expect(page.locator(f"#alert[data-alert='{first.id}'][data-revision='2']")).to_be_visible()
    page.keyboard.press("y")
    expect(page.locator("#item")).to_contain_text("没有待复核的预警")


def test_an_alert_judged_by_a_colleague_leaves_the_queue(console: Any) -> None:  # noqa: ANN401
    alert = raise_alert(console.store, console.files, console.a)
    raise_alert(console.store, console.files, console.a, "smoking")
    page = console.page_of("regulator-a")
    expect(page.locator(".row")).to_have_count(2)
    with console.store.write() as w:
        reject(w, alert.id, revision=1, by=CITY, at=SystemClock().now(), reason=RejectReason.test)
    number_feed(console.store)
    expect(page.locator(".row")).to_have_count(1)


def test_refusals_are_shown_with_their_reason(console: Any) -> None:  # noqa: ANN401
    alert = raise_alert(console.store, console.files, console.a)
    page = console.page_of("regulator-a")
    with console.store.write() as w:
        w.raw.execute("UPDATE app_user SET role = 'platform' WHERE login = 'regulator-a'")
    page.click("[data-verdict=confirm]")
    expect(page.locator("#said")).to_contain_text("您的角色或辖区无权执行此操作")
    with console.store.write() as w:
        _, task = confirm(w, alert.id, revision=1, by=CITY, at=SystemClock().now())
    officer = console.page_of("enterprise-a")
    officer.goto(f"{console.url}/console/tasks/{task.id}")
    with console.store.write() as w:
        w.raw.execute("UPDATE task SET version = version + 1")
    officer.click("[data-step=acknowledge] button")
    expect(officer.locator("#said")).to_contain_text("请刷新页面")


def test_every_page_fits_a_desktop_and_a_phone(console: Any) -> None:  # noqa: ANN401
    alert = raise_alert(console.store, console.files, console.a)
    with console.store.write() as w:
        _, task = confirm(w, alert.id, revision=1, by=CITY, at=SystemClock().now())
    raise_alert(console.store, console.files, console.a, "smoking")
    for width in (1440, 390):
        page = console.page_of("admin", width=width)
        for path in ("review", "tasks", f"tasks/{task.id}", "sites", "events"):
            page.goto(f"{console.url}/console/{path}")
            expect(page).to_have_title(re.compile("明厨"))
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
            fields = "[...document.querySelectorAll('input:not([type=hidden]),textarea')]"
            assert page.evaluate(f"{fields}.every(field => field.labels.length > 0)"), path


def test_a_verdict_that_waits_for_its_reason_is_dropped_by_escape(console: Any) -> None:  # noqa: ANN401
    """A remark that is written for another reason afterwards must not record it: it can't be taken back."""
    alert = raise_alert(console.store, console.files, console.a)
    page = console.page_of("regulator-a")
    expect(page.locator("#alert h2")).to_contain_text("未戴工作帽")
    page.keyboard.press("0")
    expect(page.locator("#said")).to_contain_text("无法判定须写明原因")
    page.keyboard.press("Escape")
    expect(page.locator("#said")).to_be_hidden()
    page.keyboard.press("r")
    page.keyboard.type("稍后再看")
    page.keyboard.press("Enter")
    expect(page.locator("#remark")).not_to_be_focused()
    with console.store.read() as r:
        (now,) = alerts.alerts(r, limit=9)
    assert (now.id, now.state) == (alert.id, AlertState.pending_review)


def test_what_an_enterprise_asked_and_why_its_proof_came_back_is_shown(console: Any) -> None:  # noqa: ANN401
    alert = raise_alert(console.store, console.files, console.a, "phone_use")
    with console.store.write() as w:
        _, task = confirm(w, alert.id, revision=1, by=CITY, at=SystemClock().now())
    officer, reviewer = console.page_of("enterprise-a"), console.page_of("regulator-a")
    officer.goto(f"{console.url}/console/tasks/{task.id}")
    officer.click("[data-step=acknowledge] button")
    expect(officer.locator(".deadline .state")).to_contain_text("已签收")
    officer.click("summary:has-text('申请延期')")
    officer.fill("#extension-hours", "8")
    officer.fill("#extension-reason", "   ")
    officer.click("#ask-extension button")
    assert officer.evaluate("document.getElementById('extension-reason').validationMessage") == "请填写，不能只有空格"
    officer.fill("#extension-reason", "等待配件")
    officer.click("#ask-extension button")
    expect(officer.locator("dd:has-text('延期待批')")).to_contain_text("8 小时：等待配件")
    expect(officer.locator(".timeline li").first).to_contain_text("申请延期")
    expect(officer.locator(".timeline li").first.locator(".to")).to_have_count(0)
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    officer.set_input_files("#photos", photo)
    officer.fill("#measure", "已批评教育")
    officer.click("#submit button.primary")
    expect(officer.locator("#said")).to_contain_text("这不是照片")
    officer.reload()
    officer.set_input_files("#photos", {**photo, "buffer": picture("after")})
    officer.fill("#measure", "已批评教育")
    officer.click("#submit button.primary")
    expect(officer.locator(".deadline .state")).to_contain_text("已提交")

    reviewer.goto(officer.url)
    reviewer.fill("#return-reason", "照片看不清")
    reviewer.click("[data-step=return] button")
    expect(reviewer.locator(".deadline .state")).to_have_text("已退回")
    officer.reload()
    expect(officer.locator("#submit")).to_contain_text("上次退回的原因：照片看不清")


def test_a_mistake_in_a_form_is_told_in_chinese_by_the_label_of_its_field(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("admin")
    page.goto(f"{console.url}/console/tasks")
    told = page.evaluate(
        """async () => {
             const shell = document.querySelector('script[src*="shell/"]').src.replace(/shell\\/.*/, "shell/");
             const { send } = await import(`${shell}api.js`);
             const label = document.createElement("label");
             label.append("整改措施", Object.assign(document.createElement("input"), { name: "url" }));
             document.body.append(label);
             const said = [];
             for (const body of [{}, { url: 3 }, { url: "rtsp://h/", more: 1 }, { url: "http://h/" }])
               await send("/v1/camera-looks", { body }).catch((problem) => said.push(problem.message));
             return said;
           }"""
    )
    assert told == [
        "整改措施：必填",
        "整改措施：应为文字",
        "多余的字段（more）",
        "整改措施：地址应写成 rtsp://主机:端口/路径",
    ]
