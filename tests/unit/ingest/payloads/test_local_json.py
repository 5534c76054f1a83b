import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.payloads import tasmota, zigbee2mqtt
from ingest.payloads.local_json import Sample
from models.base.errors import Invalid

# The examples of zigbee2mqtt.io and tasmota.github.io.
WSDCGQ01LM = b'{"temperature": 27.34, "humidity": 44.72}'
SJCGQ11LM = b'{"battery":100,"voltage":3045,"linkquality":99,"water_leak":true,"last_seen":"2024-04-08T21:21:36.794Z"}'
DS18B20 = b'{"Time":"2024-04-08T21:21:36","DS18B20":{"Id":"0000019C3A2B","Temperature":-18.4},"TempUnit":"C"}'
AM2301 = b'{"Time":"2024-04-08T21:21:36","AM2301":{"Temperature":77.0,"Humidity":44.0,"DewPoint":53.6},"TempUnit":"F"}'
SWITCH = b'{"Time":"2018-02-15T01:00:50","Switch1":"OFF"}'
SILENT = b'{"Time":"2024-04-08T21:21:36","DS18B20":{"Temperature":null},"TempUnit":"C"}'


@pytest.mark.parametrize(
    ("payload", "field", "sample"),
    [
        (WSDCGQ01LM, "temperature", Sample(27.34)),
        (WSDCGQ01LM, "humidity", Sample(44.72)),
        (SJCGQ11LM, "water_leak", Sample(1.0, datetime(2024, 4, 8, 21, 21, 36, 794000, UTC))),
        (
            b'{"state":"ON","last_seen":1712611296794}',
            "state",
            Sample(1.0, datetime(2024, 4, 8, 21, 21, 36, 794000, UTC)),
        ),
        (b'{"contact":false,"last_seen":"yesterday"}', "contact", Sample(0.0)),
    ],
)
def test_zigbee2mqtt_is_read_by_field(payload: bytes, field: str, sample: Sample) -> None:
    assert zigbee2mqtt.parse(payload, field=field) == sample


@pytest.mark.parametrize(
    ("payload", "field", "value"),
    [
        (DS18B20, "DS18B20.Temperature", -18.4),
        (AM2301, "AM2301.Temperature", 25.0),
        (AM2301, "AM2301.Humidity", 44.0),
        (AM2301, "AM2301.DewPoint", 12.0),
        (SWITCH, "Switch1", 0.0),
    ],
)
def test_tasmota_is_read_by_path_and_in_celsius(payload: bytes, field: str, value: float) -> None:
    assert tasmota.parse(payload, field=field) == Sample(value)


@pytest.mark.parametrize(
    ("payload", "field", "says"),
    [
        (SILENT, "DS18B20.Temperature", "gets no value from its sensor"),
        (DS18B20, "DS18B20.Humidity", "there is: Id, Temperature"),
        (DS18B20, "TempUnit.Temperature", "str"),
        (b'{"t":"warm"}', "t", "expected a number"),
        (b'{"t":' + b"9" * 400 + b"}", "t", "expected a number"),
        (b"Online", "t", "not JSON"),
        (b"[1]", "t", "JSON object"),
        (b'{"t":NaN}', "t", "gets no value from its sensor"),
        (b" " * 70_000, "t", "at most"),
    ],
)
def test_a_message_without_the_value_is_refused_with_its_fields(payload: bytes, field: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        tasmota.parse(payload, field=field)


@given(st.binary(max_size=200), st.text(max_size=10))
def test_the_local_parsers_read_or_refuse_any_bytes(payload: bytes, field: str) -> None:
    for parse in (zigbee2mqtt.parse, tasmota.parse):
        with contextlib.suppress(Invalid):
            parse(payload, field=field)


_VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_NAMES = st.sampled_from(["a", "last_seen", "TempUnit", "Temperature"])


@given(st.recursive(_VALUES, lambda inner: st.dictionaries(_NAMES, inner, max_size=4), max_leaves=8))
def test_the_local_parsers_read_or_refuse_any_json(value: object) -> None:
    payload = json.dumps(value).encode()
    for parse in (zigbee2mqtt.parse, tasmota.parse):
        for field in ("a", "a.Temperature"):
            with contextlib.suppress(Invalid):
                parse(payload, field=field)
