import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.video import nal
from ingest.video.address import CameraAddress
from ingest.video.pictures import fitted
from ingest.video.rtsp import Packet, whole_units
from ingest.video.sampling import Decode, Mode, Sampler
from ingest.video.timeline import TICKS, Placed, place
from models.base.errors import Invalid

RTP = Fraction(1, 90_000)


def packet(at: float, *, key: bool = False, pts: int | None = None, data: bytes = b"x") -> Packet:
    return Packet(at, at, pts, pts, key, data)


def test_an_address_keeps_its_secret_out_of_its_url_and_repr() -> None:
    address = CameraAddress.parse("rtsp://admin:p%40ss@10.0.0.64:8554/Streaming/Channels/101?x=1")
    assert (address.url, address.username, address.password) == (
        "rtsp://10.0.0.64:8554/Streaming/Channels/101?x=1",
        "admin",
        "p@ss",
    )
    assert "p@ss" not in repr(address)
    assert address.login_url() == "rtsp://admin:p%40ss@10.0.0.64:8554/Streaming/Channels/101?x=1"
    assert (address.host, address.port) == ("10.0.0.64", 8554)


@pytest.mark.parametrize(
    "text", ["", "http://cam/", "rtsp:///path", "10.0.0.64", "rtsp://u:s3cret@cam:port/", "rtsp://u:s3cret@[::1/"]
)
def test_an_invalid_camera_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        CameraAddress.parse(text)
    assert "s3cret" not in str(refusal.value)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=0x9FFF, exclude_characters="*"), min_size=4, max_size=20))
def test_no_password_survives_redaction_in_any_encoding(password: str) -> None:
    address = CameraAddress.parse("rtsp://10.0.0.64/live", username="admin", password=password)
    error = f"refused: 'rtsp://admin:{password}@10.0.0.64/live' {address.login_url()} {password}"
    assert password not in address.redact(error).replace("rtsp://10.0.0.64/live", "").replace("refused:", "")


def sampled(mode: Mode, *, fps: float, gop: int, seconds: int, wanted_fps: float = 1.0) -> list[Decode]:
    sampler = Sampler(fps=wanted_fps, mode=mode)
    offers = (sampler.offer(packet(1000 + n / fps, key=n % gop == 0)) for n in range(int(seconds * fps)))
    return [offer for offer in offers if offer is not None]


def test_with_frequent_key_frames_only_they_are_decoded() -> None:
    taken = sampled("auto", fps=25, gop=25, seconds=10)
    assert len(taken) == 10
    assert all(one.alone and len(one.packets) == 1 for one in taken)


def test_key_frames_more_frequent_than_needed_are_skipped() -> None:
    taken = sampled("auto", fps=25, gop=5, seconds=10)
    assert 9 <= len(taken) <= 11
    assert all(one.alone for one in taken)


def test_with_rare_key_frames_the_rate_is_kept_and_the_rest_of_a_group_skipped() -> None:
    taken = sampled("auto", fps=25, gop=100, seconds=40)
    later = [one for one in taken if one.packets[0].at > 1010]
    assert len(later) == pytest.approx(30, abs=1)
    assert sum(len(one.packets) for one in later) < 30 * 25
    first_of_group = [one for one in later if one.packets[0].key]
    assert all(not one.alone for one in first_of_group)


def test_on_demand_only_key_frames_are_decoded_however_rare() -> None:
    taken = sampled("key", fps=25, gop=250, seconds=40)
    assert [one.packets[0].key for one in taken] == [True] * 4


def test_without_a_key_frame_nothing_is_decoded() -> None:
    sampler = Sampler(fps=1, mode="all")
    assert all(sampler.offer(packet(n / 25)) is None for n in range(100))


def test_a_group_without_end_is_bounded() -> None:
    sampler = Sampler(fps=0.001, mode="all")
    sampler.offer(packet(0, key=True))
    for n in range(40):
        sampler.offer(packet(1 + n / 25, data=b"x" * 2**20))
    assert sampler._pending == []


def test_plausible_time_steps_of_the_camera_are_kept() -> None:
    packets = [packet(5.0, pts=1000), packet(5.9, pts=4600), packet(6.0, pts=8200)]
    assert [one.dts for one in place(packets, RTP)] == [0, 3600, 7200]


@pytest.mark.parametrize(
    ("claims", "steps"),
    [
        ([0, 90_001 * 4], [3600]),  # a jump ahead
        ([90_000, 0], [3600]),  # back
        ([500, 500], [3600]),  # standing still
        ([None, 3600], [3600]),  # not known yet
    ],
)
def test_when_the_cameras_clock_jumps_arrival_times_are_used(claims: list[int | None], steps: list[int]) -> None:
    packets = [packet(7.0 + n / 25, pts=claim) for n, claim in enumerate(claims)]
    placed = place(packets, RTP)
    assert [b.dts - a.dts for a, b in itertools.pairwise(placed)] == pytest.approx(steps, abs=1)


@given(st.lists(st.tuples(st.none() | st.integers(-(2**40), 2**40), st.floats(0, 3)), max_size=30))
def test_a_timeline_always_increases(claims: list[tuple[int | None, float]]) -> None:
    now, packets = 0.0, []
    for claim, step in claims:
        now += step
        packets.append(packet(now, pts=claim))
    placed = place(packets, RTP)
    assert all(b.dts > a.dts for a, b in itertools.pairwise(placed))
    assert all(one.pts >= one.dts for one in placed)


def test_b_frames_keep_their_display_order() -> None:
    packets = [
        Packet(0.0, 0.0, 7200, 3600, True, b"i"),
        Packet(0.1, 0.1, 14400, 7200, False, b"p"),
        Packet(0.2, 0.2, 10800, 10800, False, b"b"),
    ]
    assert place(packets, RTP) == [Placed(0, 3600), Placed(3600, 10800), Placed(7200, 7200)]
    assert TICKS == 90_000


def test_separate_slices_become_one_picture() -> None:
    parts = [
        packet(1.000, key=True, pts=0, data=b"a"),
        packet(1.001, key=True, pts=0, data=b"b"),
        packet(1.04, pts=3600, data=b"c"),
        packet(1.08, pts=3600, data=b"d"),  # a stopped clock does not make a second slice
    ]
    assert [one.data for one in whole_units(parts)] == [b"ab", b"c", b"d"]


def test_nal_units_are_separated_with_every_start_code() -> None:
    data = b"\x00\x00\x00\x01\x67\x42\x00\x00\x01\x68\xce\x00\x00\x00\x01\x65\x88\x84"
    assert list(nal.units(data)) == [b"\x67\x42", b"\x68\xce", b"\x65\x88\x84"]
    assert [nal.kind("h264", unit) for unit in nal.units(data)] == [7, 8, 5]
    assert nal.parameter_sets("h264", data) == b"\x00\x00\x00\x01\x67\x42\x00\x00\x00\x01\x68\xce"


@given(st.binary(max_size=100), st.sampled_from(["h264", "hevc"]))
def test_any_bytes_can_be_searched_for_nal_units(data: bytes, codec: str) -> None:
    nal.parameter_sets(codec, data)


@pytest.mark.parametrize(
    ("size", "sent"),
    [((1920, 1080), (960, 540)), ((640, 360), (640, 360)), ((2560, 1441), (960, 540)), ((961, 3), (960, 2))],
)
def test_pictures_are_sent_at_960_wide_at_most_and_even(size: tuple[int, int], sent: tuple[int, int]) -> None:
    assert fitted(*size) == sent
