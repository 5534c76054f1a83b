"""Read Tasmota's `tele/TOPIC/SENSOR`: nested JSON, one object per sensor. Pure.

Source: tasmota.github.io, "MQTT" and "JSON Status Responses". `Time` is the device's local time without a zone,
so the arrival time counts.
"""

from ingest.payloads.local_json import Sample, field_of, number_of, parse_object

_TEMPERATURES = ("Temperature", "DewPoint")


def parse(payload: bytes, *, field: str) -> Sample:
    """Return one field of a message, for example `DS18B20.Temperature`, `AM2301.Humidity` or `Switch1`; °F become °C.

    Raises:
        Invalid: not a JSON object, no such field, or no value in it.
    """
    body = parse_object(payload)
    value = number_of(field_of(body, field), field=field)
    if field.rpartition(".")[2] in _TEMPERATURES and body.get("TempUnit") == "F":
        value = round((value - 32) / 1.8, 2)
    return Sample(value)
