"""The limits of iotcore are shown to users, and nothing waits for a missing feature for ever."""

from typing import Literal

import pytest
from click.testing import CliRunner

from deploy.bench.ingest import measure
from deploy.cli import stack as stack_command
from deploy.doctor.checks import examine
from deploy.embedded.broker import INSTALL_MOSQUITTO, IOTCORE_LIMITS, find_mosquitto
from deploy.embedded.folder import temporary_data_dir
from deploy.places import Places


@pytest.mark.parametrize("broker", ["iotcore", "mosquitto"])
def test_the_bench_ends_on_either_broker_with_everything_stored(broker: Literal["iotcore", "mosquitto"]) -> None:
    if broker == "mosquitto" and find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    figures = measure(500, prefer=broker)
    assert (figures.broker, figures.readings_stored) == (broker, 500)


def test_the_first_lines_of_up_state_the_limits_of_iotcore(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended(Exception):
        pass

    def end(*_of_stack: object, **_more: object) -> None:
        raise Ended

    monkeypatch.setattr("deploy.stack.Stack.supervisor", end)
    with temporary_data_dir() as folder:
        said = CliRunner().invoke(stack_command.up_command, ["--data", str(folder), "--broker", "iotcore"])
    assert isinstance(said.exception, Ended)
    assert IOTCORE_LIMITS in said.output
    assert INSTALL_MOSQUITTO in said.output


def test_doctor_states_the_limits_of_iotcore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.doctor.broker.find_mosquitto", lambda: None)
    with temporary_data_dir() as folder:
        told = [finding.remedy for finding in examine(Places(folder)) if finding.what.startswith("broker: iotcore")]
    assert told == [f"{IOTCORE_LIMITS} {INSTALL_MOSQUITTO}"]
