"""What is judged at the edge: the hook gets every picture, the event goes through the spool."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from models.clock import rfc3339
from tests.integration.agent.conftest import Ear, Site
from tests.support.odd_camera import odd_camera
from tests.support.rig import wait_for
from tests.support.rtsp import Footage


def test_a_judge_at_the_edge_sees_every_picture_and_its_event_becomes_a_violation(
    site: Site, ear: Ear, footage: Callable[..., Footage]
) -> None:
    filmed, device = footage(), site.rig.kitchens[0].camera
    seen: list[tuple[str, bytes, datetime]] = []
    with odd_camera(filmed.units, fps=filmed.fps) as odd:
        agent = site.run([{"device": device, "url": odd.url}], on_frame=lambda *picture: seen.append(picture))
        wait_for(lambda: len(seen) >= 2, timeout_s=20)
        at = rfc3339(seen[0][2])
        data = {"code": "smoking", "start": at, "score": 0.9}
        agent.node.event(device, {"id": str(uuid4()), "type": "mingchu.violation.opened", "time": at, "data": data})
        assert agent.node.wait_empty(10)
    assert (seen[0][0], seen[0][1][:2]) == (device, b"\xff\xd8")
    assert ear.frames(device)[0].payload in {jpeg for _, jpeg, _ in seen}
    with site.rig.store.read() as r:
        assert r.raw.execute("SELECT code, device_id FROM violation").fetchall() == [("smoking", device)]
