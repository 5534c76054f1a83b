from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.agent import wire
from ingest.agent.ring import Ring
from ingest.agent.wire import Failed, Picture
from ingest.video.rtsp import Packet, StreamInfo
from models.base.errors import Invalid, NotFound

INFO = StreamInfo(codec="h264", width=640, height=360, time_base=Fraction(1, 90_000), extradata=b"\x00\x00\x01\x67a")
SPS_A, SPS_B = b"\x00\x00\x00\x01\x67AAA", b"\x00\x00\x00\x01\x67BBB"


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def filled(*, seconds: float = 10, max_bytes: int = 10**6, gop: int = 10, count: int = 300) -> Ring:
    """Ten packets a second from 1000 s on, a key frame every `gop` of them."""
    ring = Ring(seconds=seconds, max_bytes=max_bytes)
    ring.connected(INFO)
    feed(ring, 1000, count, gop=gop)
    return ring


def feed(ring: Ring, start: float, count: int, *, gop: int = 10, sps: bytes = SPS_A, size: int = 100) -> None:
    for number in range(count):
        at, key = start + number / 10, number % gop == 0
        data = (sps + b"\x00\x00\x01\x65" if key else b"\x00\x00\x01\x41") + b"x" * size
        ring.append(Packet(at, at, number * 9000, number * 9000, key, data))


def test_the_ring_keeps_at_least_its_seconds_and_begins_with_a_key_frame() -> None:
    packets = filled().packets()
    assert packets[0].key
    assert 10 <= packets[-1].at - packets[0].at < 11.1


def test_the_ring_stays_within_its_bytes() -> None:
    ring = filled(max_bytes=3000)
    assert ring.held_bytes <= 3000
    assert ring.held_bytes == sum(len(p.data) for p in ring.packets())
    assert ring.packets()[0].key


def test_a_group_larger_than_the_bound_is_dropped_until_the_next_key_frame() -> None:
    ring = Ring(seconds=10, max_bytes=2000)
    ring.connected(INFO)
    feed(ring, 1000, 50, gop=50)
    assert ring.held_bytes <= 2000
    feed(ring, 1010, 5)
    assert next(p.at for p in ring.packets()) == 1010


def test_a_clip_begins_at_the_key_frame_before_its_start_and_ends_before_its_end() -> None:
    cut = filled().cut(moment(1025.55), moment(1027.05))
    assert cut.start == moment(1025)
    assert cut.end == moment(1027)
    assert cut.material.packets[0].key
    assert len(cut.material.packets) == 21


def test_a_partly_available_clip_is_the_available_part() -> None:
    cut = filled().cut(moment(1000), moment(1025))
    assert cut.start == moment(1019)
    assert cut.end == moment(1025)


@pytest.mark.parametrize("window", [(900, 950), (1040, 1050)])
def test_an_unavailable_clip_is_refused_with_the_available_time(window: tuple[float, float]) -> None:
    with pytest.raises(NotFound, match=r"reaches back to 1970-01-01T00:16:59.000Z only and ends at 1970"):
        filled().cut(moment(window[0]), moment(window[1]))


def test_an_empty_ring_refuses_with_a_reason() -> None:
    with pytest.raises(NotFound, match="nothing yet"):
        Ring(seconds=10, max_bytes=10**6).cut(moment(0), moment(1))


def test_a_clip_continues_over_a_reconnection_with_the_same_format() -> None:
    ring = filled(count=100)
    ring.connected(INFO)
    feed(ring, 1012, 50)
    cut = ring.cut(moment(1008), moment(1014))
    assert (cut.start, cut.end) == (moment(1008), moment(1014))
    joint = next(p for p in cut.material.packets if p.at == 1012)
    assert joint.pts is None  # the step over the gap follows arrival times


def test_after_a_reconnection_packets_before_a_key_frame_are_dropped() -> None:
    ring = filled(count=10)
    ring.connected(INFO)
    ring.append(Packet(1001.5, 1001.5, 0, 0, False, b"\x00\x00\x01\x41rest"))
    assert ring.packets()[-1].at == 1000.9


def test_with_a_change_of_format_the_longer_part_is_the_clip() -> None:
    ring = filled(count=30)
    feed(ring, 1003, 60, sps=SPS_B)
    cut = ring.cut(moment(1002), moment(1008))
    assert (cut.start, cut.end) == (moment(1003), moment(1008))


def test_rates_are_measured_on_received_packets() -> None:
    rates = filled().rates()
    assert rates is not None
    assert rates.fps == pytest.approx(10)
    assert rates.key_interval_s == pytest.approx(1.0)
    assert rates.bitrate_kbps == pytest.approx(10 * 104 * 8 / 1000, rel=0.05)
    assert Ring(seconds=10, max_bytes=10**6).rates() is None


@pytest.mark.parametrize(
    "message",
    [
        INFO,
        Packet(1.5, 2.5, None, -7, True, b"data"),
        Packet(1.5, 2.5, 2**40, None, False, b""),
        Picture(3.25, b"\xff\xd8"),
        Failed("wrong_password", "密码"),
    ],
)
def test_messages_of_a_process_read_as_they_were_written(message: wire.Message) -> None:
    assert wire.unpack(wire.pack(message)) == message


@given(st.binary(max_size=60))
def test_the_agent_reads_or_refuses_any_bytes(data: bytes) -> None:
    try:
        wire.unpack(data)
    except Invalid:
        return
    assert data[:1] in (b"P", b"J", b"F", b"I")
