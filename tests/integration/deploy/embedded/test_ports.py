"""Stacks that choose their ports at the same time in separate processes, as two `mingchu up` do."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy.embedded.ports import claim, free_port
from tests.support.waiting import wait_for

USUAL = 9_400
STACK = f"""
import json, sys
from deploy.embedded.ports import free_port
taken = []
for number in range(8):
    taken.append(free_port({USUAL} + number if number < 4 else None, avoid=taken))
print(json.dumps(taken), flush=True)
sys.stdin.readline()
"""


def chosen(count: int, running: ExitStack) -> list[subprocess.Popen[str]]:
    """Start processes that choose ports without listening yet."""
    return [
        running.enter_context(
            subprocess.Popen([sys.executable, "-c", STACK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        for _ in range(count)
    ]


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def ports_of(stack: subprocess.Popen[str]) -> list[int]:
    assert stack.stdout is not None
    ports: list[int] = json.loads(stack.stdout.readline())
    return ports


def test_no_two_stacks_choose_the_same_port_before_either_listens(running: ExitStack) -> None:
    ports = [port for stack in chosen(5, running) for port in ports_of(stack)]
    assert len(ports) == len(set(ports)) == 40


def test_a_killed_stack_leaves_its_usual_ports_to_the_next(running: ExitStack) -> None:
    first = chosen(1, running)[0]
    usual = ports_of(first)[0]
    assert not claim(usual)
    assert free_port(usual) != usual
    first.send_signal(signal.SIGKILL)
    first.wait()
    wait_for(lambda: claim(usual))
    assert free_port(usual) == usual


def test_chosen_ports_are_outside_the_ephemeral_range() -> None:
    low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    assert not any(low <= free_port() <= high for _ in range(50))


def test_a_process_holds_no_more_claims_than_it_needs() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    chosen_here = {free_port() for _ in range(300)}
    assert len(chosen_here) > 150
    assert len(list(Path("/proc/self/fd").iterdir())) - before <= 130
