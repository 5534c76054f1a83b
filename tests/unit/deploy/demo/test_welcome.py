from pathlib import Path

import pytest

from deploy.demo.conductor import show_welcome
from deploy.demo.seed import Account, Seeded
from deploy.places import Endpoints
from models.catalogue.terms import Role

ENDPOINTS = Endpoints(
    database_url="postgresql://x",
    mqtt_url="mqtt://x",
    broker="mosquitto",
    console_url="http://127.0.0.1:8088",
    metrics={},
)
SEEDED = Seeded(
    accounts=(Account(login="jianguan", name="监管", role=Role.regulator, password="open-sesame"),),
    platform_key="mk_x",
    fleet=Path("fleet.json"),
)


@pytest.mark.parametrize("err", [False, True])
def test_the_welcome_names_address_and_log_ins_beside_a_report_on_stderr(
    *, err: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    show_welcome(ENDPOINTS, SEEDED, err=err)
    shown = capsys.readouterr()
    told, silent = (shown.err, shown.out) if err else (shown.out, shown.err)
    assert silent == ""
    assert "http://127.0.0.1:8088" in told
    assert "jianguan" in told
    assert "open-sesame" in told
