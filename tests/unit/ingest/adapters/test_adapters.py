"""Messages of other makes, from their public documents, are translated to our codes."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.adapters import edge_box, frigate, gb28181, hikvision
from ingest.adapters.events import VendorEvent, cloud_event, unread_event
from ingest.adapters.table import TABLE, Kind, meaning
from ingest.payloads import edge_event
from models.base.errors import Invalid
from models.base.jsonio import dumps
from models.catalogue.codes import CAMERA_CODES, VIOLATION_CODES
from models.catalogue.terms import Severity

RECORDED = Path(__file__).parent / "recorded"
NOW = datetime(2026, 9, 1, 3, 0, tzinfo=UTC)
TEN_PAST = datetime(2026, 9, 1, 2, 6, 41, tzinfo=UTC)  # 10:06:41 in Shanghai


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


def test_a_dog_that_frigate_tracks_is_an_animal_in_the_kitchen() -> None:
    event = frigate.parse_event(recorded("frigate_event_new.json"), detect_size=(1280, 720))
    assert event is not None
    assert (event.meaning.code, event.channel, event.ended) == ("animal_intrusion", "kitchen", False)
    assert event.score == pytest.approx(0.959, abs=1e-3)
    assert event.boxes[0].x == pytest.approx(432 / 1280)
    assert event.boxes[0].h == pytest.approx((720 - 496) / 720)


def test_a_false_positive_of_frigate_is_ignored() -> None:
    body = json.loads(recorded("frigate_event_new.json"))
    body["after"]["false_positive"] = True
    assert frigate.parse_event(json.dumps(body).encode()) is None


def test_a_review_that_ends_closes_with_its_verified_object() -> None:
    event = frigate.parse_review(recorded("frigate_review_end.json"))
    assert (event.name, event.meaning.code, event.ended) == ("cat", "animal_intrusion", True)
    assert event.at == datetime.fromtimestamp(1718987151.5, UTC)


def test_a_person_in_a_forbidden_area_of_a_hikvision_camera_is_a_violation() -> None:
    event = hikvision.parse(recorded("hikvision_field.xml"), received_at=NOW)
    assert (event.meaning.code, event.channel, event.at) == ("unauthorized_person", "3", TEN_PAST)
    box = event.boxes[0]
    # Their origin is at the bottom left.
    assert (box.x, box.y, box.w, box.h) == pytest.approx((0.1, 0.2, 0.4, 0.5))


def test_the_heartbeat_of_a_hikvision_camera_is_no_video_loss() -> None:
    event = hikvision.parse(recorded("hikvision_heartbeat.xml"), received_at=NOW)
    assert not event.tells
    lost = recorded("hikvision_heartbeat.xml").replace(b"inactive", b"active")
    assert hikvision.parse(lost, received_at=NOW).meaning.code == "camera_offline"


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_an_alert_stream_is_cut_into_its_events_however_it_arrives(size: int) -> None:
    picture = b"Content-Type: image/jpeg\r\nContent-Length: 9\r\n\r\n\xff\xd8 no xml"
    stream = b""
    for body in (recorded("hikvision_field.xml"), recorded("hikvision_heartbeat.xml")):
        stream += b"--MIME_boundary\r\nContent-Type: application/xml; charset=UTF-8\r\n\r\n" + body + b"\r\n"
        stream += b"--MIME_boundary\r\n" + picture + b"\r\n"
    parts = hikvision.Parts(hikvision.boundary_of('multipart/mixed; boundary="MIME_boundary"'))
    bodies = [body for i in range(0, len(stream), size) for body in parts.feed(stream[i : i + size])]
    assert [hikvision.parse(body, received_at=NOW).name for body in bodies] == ["fielddetection", "videoloss"]


def part(body: bytes, *, end: bytes = b"\r\n", kind: bytes = b'application/xml; charset="UTF-8"') -> bytes:
    head = b"--b" + end + b"Content-Type: " + kind + end + b"Content-Length: " + str(len(body)).encode() + end
    return head + end + body + end


def alert_xml(name: str = "fielddetection", *, state: str = "active", more: bytes = b"") -> bytes:
    return (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<EventNotificationAlert version="2.0" '
        b'xmlns="http://www.hikvision.com/ver20/XMLSchema">\n<channelID>1</channelID>\n'
        b"<dateTime>2026-09-01T10:06:41+08:00</dateTime>\n"
        + f"<eventType>{name}</eventType>\n<eventState>{state}</eventState>\n".encode()
        + more
        + b"</EventNotificationAlert>"
    )


def heard(stream: bytes, *, size: int = 7) -> list[VendorEvent]:
    parts = hikvision.Parts("b")
    bodies = [body for i in range(0, len(stream), size) for body in parts.feed(stream[i : i + size])]
    return [event for body in bodies for event in hikvision.parse_all(body, received_at=NOW)]


JSON_ALERT = (
    b'{"ipAddress":"10.0.0.2","channelID":1,"dateTime":"2026-09-01T10:06:41+08:00",'
    b'"eventType":"fielddetection","eventState":"active","detail":[{"a":1},{"b":{}}]}'
)


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize(
    "stream",
    [
        part(alert_xml(), end=b"\n") + b"--b\n",
        part(alert_xml(), end=b"\n"),
        part(JSON_ALERT, kind=b"application/json") + b"--b\r\n",
        part(JSON_ALERT, kind=b"application/json"),
        part(JSON_ALERT, kind=b"application/json", end=b"\n"),
        part(b'{"EventNotificationAlert":' + JSON_ALERT + b"}", kind=b"application/json"),
        part(alert_xml(), kind=b"text/plain") + b"--b\r\n",
        b"--b\r\n" + alert_xml() + b"\r\n--b\r\n",
        b"--b\r\n\r\n" + alert_xml() + b"\x00\r\n--b\r\n",
    ],
)
def test_an_alert_is_read_with_any_headers_of_its_part(stream: bytes, size: int) -> None:
    events = heard(stream, size=size)
    assert [(event.name, event.channel, event.at, event.ended) for event in events] == [
        ("fielddetection", "1", TEN_PAST, False)
    ]


def test_duration_tells_whether_an_event_lasts_or_has_ended() -> None:
    one = b"<DurationList><Duration><relationEvent>fielddetection</relationEvent></Duration></DurationList>"
    two = one.replace(
        b"</DurationList>", b"<Duration><relationEvent>fireDetection</relationEvent></Duration></DurationList>"
    )
    events = heard(
        part(alert_xml())
        + part(alert_xml("duration", more=one))
        + part(alert_xml("duration", more=two))
        + part(alert_xml("duration", state="inactive", more=one))
        + b"--b\r\n"
    )
    assert [(event.name, event.ended) for event in events] == [
        ("fielddetection", False),
        ("fielddetection", False),
        ("fielddetection", False),
        ("fireDetection", False),
        ("fielddetection", True),
    ]
    assert events[0].id == events[1].id == events[4].id
    with pytest.raises(Invalid, match="relationEvent"):
        hikvision.parse(alert_xml("duration"), received_at=NOW)


ODD_TEXTS = [
    "鉴湖".encode("gb18030"),
    "鉴湖".encode("gb18030")[:3],
    b"a\x01b\x00c",
    b"a&#1;b&#x0;c",
    b"A & B <1>",
    b"\xff\xfe\xfd",
]


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_an_unreadable_unused_text_does_not_refuse_an_alert(text: bytes) -> None:
    event = hikvision.parse(alert_xml(more=b"<channelName>" + text + b"</channelName>"), received_at=NOW)
    assert (event.name, event.channel, event.at) == ("fielddetection", "1", TEN_PAST)


@pytest.mark.parametrize("text", [*ODD_TEXTS, "区域入侵".encode("gb2312")])
@pytest.mark.parametrize("declared", [b"", b' encoding="UTF-8"', b' encoding="GB2312"', b' encoding="none-such"'])
@pytest.mark.parametrize("end", [b"", b"\x00", b"\r\n\x00\x00"])
def test_a_gb28181_alarm_is_read_in_every_encoding(text: bytes, declared: bytes, end: bytes) -> None:
    event = gb28181.parse(
        b'<?xml version="1.0"' + declared + b"?>\r\n<Notify>\r\n<CmdType>Alarm</CmdType>\r\n<SN>17</SN>\r\n"
        b"<DeviceID>34020000001340000001</DeviceID>\r\n<AlarmMethod>5</AlarmMethod>\r\n"
        b"<AlarmTime>2026-09-01T10:06:41</AlarmTime>\r\n<AlarmDescription>"
        + text
        + b"</AlarmDescription>\r\n<Info>\r\n<AlarmType>6</AlarmType>\r\n</Info>\r\n</Notify>\r\n"
        + end
    )
    assert (event.meaning.code, event.at) == ("unauthorized_person", TEN_PAST)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_message_of_an_edge_box_is_read_in_every_encoding(encoding: str) -> None:
    text = '{"mclz_alarm":{"type":"MICE","name":"后厨\x01"},"channel":2}\x00'
    assert edge_box.parse(text.encode(encoding), received_at=NOW).meaning.code == "rodent"


def test_a_document_type_behind_a_control_character_is_refused() -> None:
    bomb = (
        b'<!DOC\x01TYPE x [<!ENTITY a "b">]><EventNotificationAlert><eventType>&a;</eventType></EventNotificationAlert>'
    )
    with pytest.raises(Invalid, match="document type"):
        hikvision.parse(bomb, received_at=NOW)


def test_an_unreadable_message_is_quarantined_with_a_reason() -> None:
    event = {"specversion": "1.0", **unread_event("hikvision", b"\xff" * 9000, why="no XML", at=NOW), "source": "x"}
    with pytest.raises(Invalid, match="an alarm of hikvision can't be read: no XML"):
        edge_event.parse(dumps(event).encode())


def test_a_gb28181_alarm_in_gb2312_names_the_analysis_number_in_its_description() -> None:
    event = gb28181.parse(recorded("gb28181_hat.xml"))
    assert (event.name, event.meaning.code) == ("605", "no_chef_hat")
    assert (event.channel, event.at) == ("33060200451327000001", TEN_PAST)


@pytest.mark.parametrize("code", sorted(VIOLATION_CODES))
def test_every_code_of_ours_can_be_written_as_a_gb28181_alarm(code: str) -> None:
    device = "33060200451327000001"
    written = gb28181.render(device=device, sn=7, code=code, severity=Severity.major, at=TEN_PAST)
    read = gb28181.parse(written)
    assert (read.channel, read.at) == (device, TEN_PAST)
    assert b"<AlarmPriority>2</AlarmPriority>" in written
    if read.meaning.code is not None:
        same_group = {read.meaning.code, code} <= CAMERA_CODES
        assert read.meaning.code == code or same_group


def test_an_edge_boxes_hat_alarm_means_no_hat() -> None:
    event = edge_box.parse(recorded("edge_box_hat.json"), received_at=NOW)
    assert (event.meaning.code, event.channel, event.at) == ("no_chef_hat", "2", TEN_PAST)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"[]", "mclz_alarm"),
        (b"not json", "JSON"),
        (b'{"mclz_alarm":' * 50_000, "JSON"),
        (b'{"mclz_alarm":{"kind":"CHEF_HAT"}}', "type"),
        (b'{"mclz_alarm":"CHEF_HAT"}', "channel"),
    ],
)
def test_an_incomplete_message_of_an_edge_box_is_refused_with_what_is_missing(body: bytes, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        edge_box.parse(body, received_at=NOW)


def test_xml_that_could_explode_is_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><EventNotificationAlert>&a;</EventNotificationAlert>'
    with pytest.raises(Invalid, match="document type"):
        hikvision.parse(bomb, received_at=NOW)


def all_meanings() -> list[tuple[str, str]]:
    return [(vendor, name) for vendor, names in TABLE.items() for name in names]


@pytest.mark.parametrize(("vendor", "name"), all_meanings())
def test_every_name_of_the_table_maps_to_a_known_code_or_none(vendor: str, name: str) -> None:
    found = meaning(vendor, name)
    if found.kind is Kind.violation:
        assert found.code in VIOLATION_CODES
        assert found.code not in CAMERA_CODES
    elif found.kind is Kind.device:
        assert found.code in CAMERA_CODES
    else:
        assert found.code is None


@pytest.mark.parametrize(
    ("vendor", "worn", "missing", "unsure"),
    [
        ("aliyun", "chefcap", "head", "untreated"),
        ("volcengine", "with_chef_hat", "no_chef_hat", "something new"),
        ("tencent", "口罩=有", "口罩=无", "口罩=不确定"),
        ("tencent", "厨师服=有", "厨师服=无", "厨师服=不确定"),
        ("tencent", "赤膊=无", "赤膊=有", "赤膊=不确定"),
    ],
)
def test_polarity_follows_the_vendor_and_unsure_is_never_a_violation(
    vendor: str, worn: str, missing: str, unsure: str
) -> None:
    assert meaning(vendor, worn).kind is Kind.compliant
    assert meaning(vendor, missing).kind is Kind.violation
    assert meaning(vendor, unsure).kind is Kind.unknown


def event_of(**more: object) -> VendorEvent:
    plain = VendorEvent(
        vendor="edge_box", name="MICE", meaning=meaning("edge_box", "MICE"), channel="2", id="17", at=TEN_PAST
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def test_an_event_is_sent_in_the_platforms_form_and_its_end_belongs_to_its_begin() -> None:
    address = {"tenant": "t", "site": "s", "device": "cam"}
    begin = edge_event.parse(dumps(cloud_event(event_of(), **address)).encode())
    end = edge_event.parse(
        dumps(cloud_event(event_of(ended=True, at=TEN_PAST + timedelta(seconds=9)), **address)).encode()
    )
    assert begin.data.code == "rodent"
    assert begin.violation_id == end.violation_id
    assert begin.id != end.id
    assert begin.id == edge_event.parse(dumps(cloud_event(event_of(), **address)).encode()).id


def test_messages_without_information_are_not_sent() -> None:
    fine = event_of(meaning=meaning("aliyun", "chefcap"))
    assert not fine.tells
    with pytest.raises(ValueError, match="no violation"):
        cloud_event(fine, tenant="t", site="s", device="cam")


READERS: list[Callable[[bytes], object]] = [
    frigate.parse_event,
    frigate.parse_review,
    gb28181.parse,
    lambda payload: hikvision.parse(payload, received_at=NOW),
    lambda payload: edge_box.parse(payload, received_at=NOW),
]


@pytest.mark.parametrize("reader", READERS)
@given(payload=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(reader: Callable[[bytes], object], payload: bytes) -> None:
    with pytest.raises(Invalid):
        reader(payload)


@pytest.mark.parametrize("reader", READERS)
@given(cut=st.integers(0, 2000), at=st.integers(0, 2000), byte=st.integers(0, 255))
def test_a_damaged_message_is_read_or_refused(reader: Callable[[bytes], object], cut: int, at: int, byte: int) -> None:
    for name in sorted(RECORDED.iterdir()):
        payload = bytearray(name.read_bytes()[: max(1, cut)])
        payload[at % len(payload)] = byte
        try:
            reader(bytes(payload))
        except Invalid:
            continue
