"""What doctor reports about the children of a stack that runs on the folder."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy.doctor.result import Check
from deploy.doctor.roles import roles
from deploy.places import Endpoints, Places

WELL = {"state": "ready", "since": "", "pid": 1, "restarts": 0, "last_exit": None}


def examined(folder: Path, children: dict[str, dict[str, Any]], *, port: int | None = None) -> list[Check]:
    (folder / "run").mkdir(exist_ok=True)
    status = {"pid": os.getpid(), "state": "running", "children": children}
    (folder / "run" / "status.json").write_text(json.dumps(status))
    if port is not None:
        url = f"http://127.0.0.1:{port}"
        Endpoints(
            database_url="", mqtt_url="", broker="", console_url=url, metrics={"ingest": port, "vision": port}
        ).save(Places(folder))
    return roles(Places(folder))


@pytest.mark.parametrize(
    ("report", "says"),
    [
        ({"state": "starting"}, "not ready: it is still starting: loading"),
        (
            {"state": "backoff", "restarts": 3, "last_exit": "exit status 1"},
            "restarted 3 times: exit status 1: loading",
        ),
        (
            {"state": "ready", "restarts": 1, "last_exit": "killed by SIGKILL: it was not ready"},
            "restarted 1 times: kill",
        ),
        ({"state": "waiting"}, "waiting and not ready"),
    ],
)
def test_doctor_reports_roles_that_are_not_ready_or_were_restarted_with_the_reason(
    tmp_path: Path, report: dict[str, Any], says: str
) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "vision.log").write_text("first\nloading the model\n\n")
    found = examined(tmp_path, {"ingest": WELL, "vision": {**WELL, **report}})
    assert [finding.good for finding in found] == [True, False]
    assert says in found[1].what
    assert "vision.log" in found[1].remedy


def test_doctor_reports_a_role_that_refuses_its_input(tmp_path: Path) -> None:
    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            lines = [
                'mingchu_ingest_quarantined_total{reason="bad_payload"} 7.0',
                'mingchu_vision_frames_dropped_total{reason="overload"} 9.0',
                'mingchu_ingest_quarantined_total{reason="unknown_node"} 0.0',
            ]
            self.send_response(200)
            self.end_headers()
            self.wfile.write("\n".join(lines).encode())

        def log_message(self, *_of_request: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        found = [finding.what for finding in examined(tmp_path, {}, port=server.server_address[1]) if not finding.good]
    finally:
        server.shutdown()
        server.server_close()
    assert found == [
        "ingest has refused 7 messages since its start: bad_payload",
        "vision has refused 7 messages since its start: bad_payload",
    ]
