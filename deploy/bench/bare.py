"""The peer of the ingest benchmark: paho receives the same messages and does nothing with them.

Prints one line: seconds from the first to the last of N messages.
"""

import os
import sys
import threading
import time

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties


def main(host: str, port: int, username: str, filters: str, expected: int) -> float:
    """Receive `expected` messages of an existing session; paho acknowledges them itself. Return the seconds it took."""
    done, seen, began = threading.Event(), 0, 0.0

    def on_message(_client: paho.Client, _userdata: object, _message: paho.MQTTMessage) -> None:
        nonlocal seen, began
        if seen == 0:
            began = time.monotonic()
        seen += 1
        if seen == expected:
            done.set()

    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bench-bare", protocol=paho.MQTTv5)
    client.username_pw_set(username, os.environ["MINGCHU_BENCH_SECRET"])
    client.on_message = on_message
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 600
    properties.ReceiveMaximum = 4000
    client.connect(host, port, clean_start=False, properties=properties)
    client.subscribe(filters, qos=1)
    client.loop_start()
    if not done.wait(120):
        raise SystemExit(f"only {seen} of {expected} messages arrived")
    seconds = time.monotonic() - began
    client.disconnect()
    client.loop_stop()
    return seconds


if __name__ == "__main__":
    sys.stdout.write(f"{main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]))}\n")
