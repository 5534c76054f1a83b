"""Checks of the roles of a running stack: readiness, restarts, and refused messages with the reason."""

import os
from collections.abc import Mapping

from deploy.doctor.result import Check
from deploy.embedded.folder import DataLock
from deploy.embedded.supervisor import read_status
from deploy.places import Endpoints, Places
from deploy.stack import fetch, metrics_at

_WELL = frozenset({"ready", "done"})
_TAIL = 4096
_REFUSALS = {"mingchu_ingest_quarantined_total": "messages", "mingchu_vision_frames_dropped_total": "frames"}
_ROLES = ("ingest", "vision")
_OVERLOAD = "overload"
"""Frames dropped because of overload do not count as refused."""


def roles(places: Places) -> list[Check]:
    """Check the stack on this folder: that it runs, or ended in order, and every child of it."""
    status = read_status(places.data_dir)
    children = status.get("children") if status else None
    if status is None or status.get("state") == "stopped" or not isinstance(children, dict):
        return [Check(good=True, what="the stack is not running here", remedy="Start it with `mingchu up`.")]
    if not _alive(status.get("pid")):
        holder = DataLock(places.data_dir).holder()
        return [
            Check(
                good=False,
                what=f"the stack was killed or crashed (last held by process {holder and holder[0]})",
                remedy="Start it again with `mingchu up`; it continues where it stopped.",
            )
        ]
    return [*(_child(places, name, report) for name, report in children.items()), *_refusing(places), *_console(places)]


def _child(places: Places, name: str, report: Mapping[str, object]) -> Check:
    state, restarts = report.get("state"), report.get("restarts")
    log = places.data_dir / "logs" / f"{name}.log"
    well = state in _WELL
    if well and not restarts:
        return Check(good=True, what=f"{name} is {state}")
    what = f"{name} is {state}" + ("" if well else " and not ready")
    if restarts:
        what += f", restarted {restarts} times"
    reason = report.get("last_exit") or ("it is still starting" if state == "starting" else None)
    said = _last_line(places, name)
    words = ": ".join(str(part) for part in (reason, said) if part)
    return Check(good=False, what=f"{what}: {words or 'its log is empty'}", remedy=f"Read {log}.")


def _last_line(places: Places, name: str) -> str:
    try:
        with (places.data_dir / "logs" / f"{name}.log").open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    told = [line.strip() for line in lines if line.strip()]
    return told[-1][:300] if told else ""


def _refusing(places: Places) -> list[Check]:
    """Report what ingest and vision refused since their start, by reason."""
    endpoints = Endpoints.load(places)
    found: list[Check] = []
    for role in _ROLES:
        port = None if endpoints is None else endpoints.metrics.get(role)
        for name, value in ({} if port is None else metrics_at(port)).items():
            metric, _, reason = name.partition("{reason=")
            what = reason.strip('"}')
            if metric in _REFUSALS and value > 0 and what != _OVERLOAD:
                found.append(
                    Check(
                        good=False,
                        what=f"{role} has refused {value:.0f} {_REFUSALS[metric]} since its start: {what}",
                        remedy=f"See GET /v1/quarantine and {places.data_dir / 'logs' / (role + '.log')}.",
                    )
                )
    return found


def _console(places: Places) -> list[Check]:
    """Check whether the console answers at the address that `up` printed."""
    endpoints = Endpoints.load(places)
    if endpoints is None or fetch(f"{endpoints.console_url}/ready") is not None:
        return []
    return [
        Check(
            good=False,
            what=f"the console does not answer correctly at {endpoints.console_url}",
            remedy=f"Read {places.data_dir / 'logs' / 'api.log'}.",
        )
    ]


def _alive(pid: object) -> bool:
    if not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
