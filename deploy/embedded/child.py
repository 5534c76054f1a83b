"""The specification of a supervised child, the start order, and the wait before a restart."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.process import ServiceUser
from models.base.backoff import Backoff

FIRST_DELAY = 0.2
LONGEST_DELAY = 15.0
STABLE_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """One program of the stack.

    Attributes:
        name: Short unique word; names the log file and the prefix of its lines.
        argv: Program and arguments, no shell.
        env: Whole environment; None inherits the supervisor's.
        user: User to run it as when the supervisor is root.
        cwd: Working folder; None inherits the supervisor's.
        stop_signal: Signal that asks it to finish its work and end.
        death_signal: Signal that the kernel sends if the supervisor dies unexpectedly. SIGKILL leaves no orphan, even
            of a child that hangs; a child that must tidy up takes the signal of its fast shutdown.
        grace: Seconds between the stop signal and SIGKILL.
        ready: Returns whether it serves; called while it starts, must return within about a second. None means ready as
            soon as it runs.
        progress: Returns a number that changes while it starts, or None while unknown; tells a slow start from a hang.
        ready_timeout: Seconds without progress after which a child that is not ready is restarted.
        after: Names of children that must be ready (or done) before this one starts.
        before_start: Called before every start and restart; an exception counts as a failed start.
        once: True for a task, not a service: exit status 0 means done, anything else is tried again.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None
    user: ServiceUser | None = None
    cwd: Path | None = None
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGKILL
    grace: float = 10.0
    ready: Callable[[], bool] | None = None
    progress: Callable[[], float | None] | None = None
    ready_timeout: float = 60.0
    after: tuple[str, ...] = ()
    before_start: Callable[[], None] | None = None
    once: bool = False


def start_order(specs: tuple[ChildSpec, ...]) -> tuple[ChildSpec, ...]:
    """Return the children in an order in which each follows the children it needs.

    Raises:
        ValueError: A name occurs twice, `after` names an unknown child, or the needs form a cycle.
    """
    names = [spec.name for spec in specs]
    if len(set(names)) != len(names):
        raise ValueError(f"child names must be unique, got {names}")
    ordered: list[ChildSpec] = []
    waiting = list(specs)
    while waiting:
        placed = {spec.name for spec in ordered}
        free = [spec for spec in waiting if placed.issuperset(spec.after)]
        if not free:
            stuck = {spec.name: spec.after for spec in waiting}
            raise ValueError(f"children that wait for each other or for an unknown child: {stuck}")
        ordered += free
        waiting = [spec for spec in waiting if spec not in free]
    return tuple(ordered)


RESTART = Backoff(first_s=FIRST_DELAY, longest_s=LONGEST_DELAY)
"""Wait before a child is restarted."""
