import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.payloads import status
from ingest.payloads.status import DeviceHealth
from models.base.errors import Invalid

AT = datetime(2026, 9, 21, 8, tzinfo=UTC)
CAMERA = DeviceHealth(
    id="cam1",
    state="online",
    codec="h264",
    width=1920,
    height=1080,
    fps=25.0,
    bitrate_kbps=4096,
    key_interval_s=2.0,
    last_frame_age_s=0.4,
    reconnects=3,
)


def body(**changes: object) -> bytes:
    return json.dumps({"online": True, "session": 41} | changes).encode()


def test_a_status_reads_as_it_was_written() -> None:
    devices = [CAMERA, DeviceHealth(id="cam2", state="offline", reason="wrong_password")]
    written = status.render(online=True, session=41, at=AT, firmware="f 0.1", devices=devices, can=["clip"])
    assert status.parse(written) == status.Status(True, 41, AT, "f 0.1", ("clip",), tuple(devices))


def test_a_status_without_health_is_valid() -> None:
    assert status.parse(b'{"online":true,"session":7}') == status.Status(True, 7, None, None)
    assert status.parse(body(devices=["cam1", "fridge"])).devices == ()


def test_fields_from_a_newer_agent_are_ignored() -> None:
    entry = {"id": "cam1", "kind": "camera", "state": "online", "mood": "good"}
    assert status.parse(body(devices=[entry], weather="fine")).devices == (DeviceHealth(id="cam1", state="online"),)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"id": "cam1", "state": "asleep"}, "devices.0.state"),
        ({"id": "Cam 1", "state": "online"}, "expected 1–64"),
        ({"id": "cam1", "state": "online", "fps": -1}, "devices.0.fps"),
        ({"id": "cam1", "state": "online", "reason": "tired"}, "devices.0.reason"),
        ({"state": "online"}, "devices.0.id"),
        (5, "devices.0"),
    ],
)
def test_one_bad_device_is_named_without_affecting_others(entry: object, says: str) -> None:
    parsed = status.parse(body(devices=[entry, {"id": "cam2", "state": "online"}]))
    assert [device.id for device in parsed.devices] == ["cam2"]
    assert len(parsed.bad_devices) == 1
    assert says in parsed.bad_devices[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"devices": [{"id": f"c{i}", "state": "online"} for i in range(257)]},
        {"can": ["clip"] * 33},
        {"can": ["Make Coffee"]},
        {"can": "clip"},
        {"firmware": "x" * 200_000},
    ],
)
def test_a_status_out_of_bounds_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        status.parse(body(**changes))


def test_a_full_status_fits_into_a_message() -> None:
    devices = [CAMERA.model_copy(update={"id": f"c{i:063}", "codec": "x" * 32}) for i in range(256)]
    written = status.render(online=True, session=2**53 - 1, at=AT, firmware="f" * 120, devices=devices)
    assert len(status.parse(written).devices) == 256


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["id", "state", "fps", "kind", "reason"]), inner, max_size=5)
        ),
        max_leaves=8,
    )
)
def test_any_device_entry_is_read_or_refused(entry: object) -> None:
    with contextlib.suppress(Invalid):
        status.parse(body(devices=[entry]))
