"""Conduct a demo: wait for the stack, start the scripted people, stop after the set time, make the report."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import click
import structlog

from deploy.demo.people import at_work
from deploy.demo.plan import Plan
from deploy.demo.report import DemoReport, judge_footage, ledger_of, make_report
from deploy.demo.seed import Seeded
from deploy.embedded.supervisor import Supervisor
from deploy.places import Endpoints, Places
from deploy.stack import metrics_of
from models.catalogue.terms import Role, label
from models.store import Store, tasks

log = structlog.get_logger()

START_TIMEOUT_S = 300.0
DRAIN_S = 20.0
SETTLE_S = 2.0
SHOWN_VERDICTS = 3
_FINAL = {"closed", "voided"}


class DemoFailed(Exception):
    """The demo did not start or did not run to its end."""


@dataclass(slots=True, kw_only=True)
class Conductor:
    """One demo run, on a thread of its own beside the supervisor's."""

    places: Places
    endpoints: Endpoints
    plan: Plan
    supervisor: Supervisor
    ledger: Path
    play_s: float | None
    footage: bool = False
    report: DemoReport | None = None
    failure: str | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Run the demo; stop the stack when the time is up or something failed."""
        try:
            self._conduct()
        except Exception as error:  # noqa: BLE001 - any error must stop the stack and show its reason
            self.failure = f"{type(error).__name__}: {error}"
            self.stop.set()
            self.supervisor.stop()

    def _conduct(self) -> None:
        if not self.supervisor.wait_ready(START_TIMEOUT_S):
            raise DemoFailed(f"the stack is not ready after {START_TIMEOUT_S:g} s: {self.supervisor.status()}")
        seeded = Seeded.load(self.places)
        self._wait_for_fleet()
        # Without an end somebody watches: leave most of the queue to them. The script does not know what real footage
        # shows, so it reviews none of it.
        verdicts = SHOWN_VERDICTS if self.play_s is None else None
        verdicts = 0 if self.footage else verdicts
        at_work(self.endpoints.console_url, self.plan, seeded.accounts, verdicts=verdicts, stop=self.stop)
        # A demo with an end writes its report to stdout, which a program may read.
        show_welcome(self.endpoints, seeded, err=self.play_s is not None)
        if self.play_s is None:
            return
        self._wait_until_played()
        with Store(self.endpoints.database_url, size=1) as store:
            self._wait_until_closed(store)
            self.stop.set()
            time.sleep(SETTLE_S)
            self.report = make_report(
                store, self.endpoints, self.plan, ledger_of(self.ledger), platform_key=seeded.platform_key
            )
            if self.footage:
                self.report.footage = judge_footage(store, self.plan, ledger_of(self.ledger))
        self.supervisor.stop()

    def _wait_for_fleet(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not ledger_of(self.ledger).get("started_at"):
            if time.monotonic() > deadline:
                raise DemoFailed(f"the simulated kitchens do not start: {ledger_of(self.ledger)}")
            time.sleep(0.2)

    def _wait_until_played(self) -> None:
        """Wait until the fleet has a receipt for every message, or until `play_s` + `DRAIN_S` seconds have passed."""
        assert self.play_s is not None  # noqa: S101 - only called then
        deadline = time.monotonic() + self.play_s + DRAIN_S
        while not ledger_of(self.ledger).get("done") and time.monotonic() < deadline:
            time.sleep(0.2)

    def _wait_until_closed(self, store: Store) -> None:
        """Wait until every task is closed and no frame waits, or until plainly more time than that takes has passed."""
        deadline = time.monotonic() + DRAIN_S
        while time.monotonic() < deadline:
            with store.read() as r:
                open_tasks = sum(n for state, n in tasks.task_counts(r).items() if state not in _FINAL)
            waiting = metrics_of(self.endpoints, "vision").get("mingchu_vision_frames_waiting", 0)
            if not open_tasks and not waiting:
                return
            time.sleep(0.5)


def show_welcome(endpoints: Endpoints, seeded: Seeded, *, err: bool) -> None:
    """Print the console's address and the log-ins of the three groups, to stderr if `err`."""
    click.echo(f"\n  明厨 is running:  {endpoints.console_url}\n", err=err)
    for account in seeded.accounts:
        where = account.name if account.role is not Role.admin else ""
        click.echo(f"  {label(account.role):　<5} {account.login:<18} {account.password:<14} {where}", err=err)
    then = (
        "The demo ends by itself"
        if err
        else "A scripted reviewer reviews the first alerts; the rest of the queue is yours"
    )
    click.echo(f"\n  {then}. Ctrl-C stops the demo.\n", err=err)
