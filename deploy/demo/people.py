"""The scripted people of the demo. They use the HTTP API as a person's browser or a platform does."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import structlog

from deploy.demo.drawing import drawn_photo
from deploy.demo.plan import Plan
from deploy.demo.seed import Account
from models.catalogue.terms import RejectReason, Role

log = structlog.get_logger()

PAUSE_S = 0.7
_TIMEOUT_S = 15.0
_OK = 400


class Person:
    """A scripted person with a session at the API."""

    def __init__(self, base_url: str, account: Account) -> None:
        self.account = account
        self._client = httpx.Client(base_url=base_url, timeout=_TIMEOUT_S)
        self._csrf = ""

    def log_in(self) -> None:
        """Log in with the password, as the form does."""
        answer = self._client.post(
            "/login", data={"login": self.account.login, "password": self.account.password}, follow_redirects=False
        )
        if answer.status_code >= _OK:
            raise RuntimeError(f"log-in of {self.account.login} failed: {answer.status_code}")
        self._csrf = self.get("/v1/me")["csrf_token"]

    def get(self, path: str, **params: str | int) -> Any:  # noqa: ANN401 - JSON
        """GET a path and return its JSON."""
        answer = self._client.get(path, params=params)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, *, etag: str, body: dict[str, Any] | None = None, photo: bytes | None = None) -> Any:  # noqa: ANN401 - JSON
        """POST to a resource that was read with `etag` and return the JSON; None if someone else changed it first."""
        headers = {"X-CSRF-Token": self._csrf, "If-Match": etag, "Idempotency-Key": str(uuid4())}
        files = None if photo is None else {"file": ("after.jpg", photo, "image/jpeg")}
        answer = self._client.post(path, headers=headers, json=body if photo is None else None, files=files)
        if answer.status_code in {409, 412}:
            log.info("someone else changed it first", path=path, status=answer.status_code)
            return None
        answer.raise_for_status()
        return answer.json()

    def close(self) -> None:
        """End the session's connections."""
        self._client.close()


def repeat(work: Callable[[], None], *, stop: threading.Event) -> None:
    """Call `work` again and again with a pause; on an HTTP error log it and try again."""
    while not stop.wait(PAUSE_S):
        try:
            work()
        except httpx.HTTPError as error:
            log.info("the API answered with an error", error=str(error))


class Reviewer:
    """A regulator who confirms the planned alerts and rejects all others as false alarms.

    `verdicts` limits the number of verdicts, so that some alerts are left for the person who watches the demo.
    """

    def __init__(self, person: Person, plan: Plan, *, verdicts: int | None = None) -> None:
        self._person, self._left = person, verdicts
        self._planned = {(expected.device, expected.code) for expected in plan.expected}

    def work(self) -> None:
        """Review waiting alerts, then submitted tasks."""
        for alert in self._person.get("/v1/alerts/queue")["data"]:
            if self._left == 0:
                return
            self._left = None if self._left is None else self._left - 1
            etag = f'"{alert["revision"]}"'
            if (alert["device_id"], alert["code"]) in self._planned:
                self._person.post(f"/v1/alerts/{alert['id']}/confirm", etag=etag, body={"remark": "演示:属实"})
            else:
                body = {"reason": RejectReason.false_alarm.value, "remark": "演示:剧本中没有"}
                self._person.post(f"/v1/alerts/{alert['id']}/reject", etag=etag, body=body)
        for task in self._person.get("/v1/tasks", state="submitted")["data"]:
            self._person.post(f"/v1/tasks/{task['id']}/accept", etag=f'"{task["version"]}"', body={})


class Officer:
    """An enterprise's food-safety officer: acknowledges tasks, rectifies, and submits an after-photo."""

    def __init__(self, person: Person) -> None:
        self._person = person

    def work(self) -> None:
        """Take one step on every open task."""
        for task in self._person.get("/v1/tasks", state="dispatched")["data"]:
            self._person.post(f"/v1/tasks/{task['id']}/acknowledge", etag=f'"{task["version"]}"', body={})
        for state in ("acknowledged", "returned"):
            for task in self._person.get("/v1/tasks", state=state)["data"]:
                self._submit(task)

    def _submit(self, task: dict[str, Any]) -> None:
        path, etag = f"/v1/tasks/{task['id']}", f'"{task["version"]}"'
        photo = self._person.post(f"{path}/photos", etag=etag, photo=after_photo(task["code"], task["id"]))
        if photo is not None:
            body = {"photo_ids": [photo["id"]], "measure": "已当场整改并培训当班人员", "cause": "疏忽"}
            self._person.post(f"{path}/submit", etag=etag, body=body)


def after_photo(code: str, task_id: str) -> bytes:
    """Draw a JPEG that serves as after-photo of a simulated kitchen; its text says so and names the task."""
    return drawn_photo("SIMULATED AFTER-PHOTO", code, task_id[-20:], f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z")


def at_work(
    base_url: str, plan: Plan, accounts: tuple[Account, ...], *, verdicts: int | None, stop: threading.Event
) -> list[threading.Thread]:
    """Start the city's reviewer and each enterprise's officer, each on a thread, and return the threads."""
    works: list[Callable[[], None]] = []
    for account in accounts:
        if account.role is Role.enterprise and not account.person:
            works.append(Officer(_logged_in(base_url, account)).work)
        elif account.login == "jianguan":
            works.append(Reviewer(_logged_in(base_url, account), plan, verdicts=verdicts).work)
    threads = [threading.Thread(target=repeat, args=(work,), kwargs={"stop": stop}, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    return threads


def _logged_in(base_url: str, account: Account) -> Person:
    person = Person(base_url, account)
    person.log_in()
    return person
