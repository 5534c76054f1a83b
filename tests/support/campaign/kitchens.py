"""The kitchens of a campaign: real node clients with spools on disk, in a process (and network) of their own.

`python -m tests.support.campaign.kitchens PLAN` prints a line of JSON each half second until SIGTERM. Readings lie on
a grid of moments, and each is noted in a ledger after the spool has it on the disk, so that afterwards it is known
which must have been stored. A power cut may take the ledger's last entries, never leave one without its reading.
"""

import json
import os
import signal
import struct
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.mqtt import Login
from ingest.node.client import NodeAddress, NodeClient
from ingest.node.spool.disk import DiskSpool
from ingest.payloads.senml import Reading

EVERY_MS = 500
VALUES = {"fridge_temp": 4.0, "gas_ch4": 60.0}
"""A fridge as it should be, and an alarm that lasts as long as the campaign."""
_MOMENT = "<q"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The moments (ms) of the readings that one device has put into its spool."""

    path: Path

    def mend(self) -> None:
        """Cut off an entry of which a power cut has left only a part."""
        if self.path.exists():
            os.truncate(self.path, len(self) * struct.calcsize(_MOMENT))

    def add(self, moment_ms: int) -> None:
        with self.path.open("ab") as out:
            out.write(struct.pack(_MOMENT, moment_ms))

    def moments(self) -> list[int]:
        data = self.path.read_bytes() if self.path.exists() else b""
        whole = len(data) - len(data) % struct.calcsize(_MOMENT)
        return [one for (one,) in struct.iter_unpack(_MOMENT, data[:whole])]

    def __len__(self) -> int:
        return self.path.stat().st_size // struct.calcsize(_MOMENT) if self.path.exists() else 0


def ledger_of(folder: Path, device: str) -> Ledger:
    return Ledger(folder / f"{device}.ledger")


class Kitchen:
    """One node, its sensors, and a camera if it has films."""

    def __init__(self, plan: dict[str, Any], node: dict[str, Any]) -> None:
        self.folder, self.name = Path(plan["folder"]), node["node"]
        self.sensors: dict[str, str] = node["sensors"]
        self.camera: str | None = node["camera"]
        self.film = [Path(one).read_bytes() for one in plan["film"]] if self.camera else []
        login = Login(url=plan["url"], client_id=self.name, username=self.name, password=plan["secret"])
        address = NodeAddress(tenant=plan["tenant"], site=node["site"], node=self.name)
        devices = [*self.sensors, *([self.camera] if self.camera else [])]
        for device in self.sensors:
            ledger_of(self.folder, device).mend()
        self.spool = DiskSpool(self.folder / f"{self.name}.spool")
        self.client = NodeClient(login, address, session=int(time.time()), devices=devices, spool=self.spool)

    def send(self, moment_ms: int) -> None:
        at = datetime.fromtimestamp(moment_ms / 1000, UTC)
        for device, code in self.sensors.items():
            self.client.readings(device, [Reading(code, at, VALUES[code])])
            ledger_of(self.folder, device).add(moment_ms)

    def show(self, number: int) -> None:
        if self.camera and self.film:
            self.client.frame(self.camera, self.film[number % len(self.film)], at=datetime.now(UTC))

    def state(self) -> dict[str, object]:
        sent = sum(len(ledger_of(self.folder, device)) for device in self.sensors)
        dropped = self.client.dropped
        return {"connected": self.client.connected, "sent": sent, "waiting": len(self.spool), "dropped": dropped}


def main(plan: dict[str, Any]) -> None:
    stop, quiet = threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGUSR1, lambda *_: quiet.set())  # send no more, and wait for the receipts
    kitchens = [Kitchen(plan, node) for node in plan["nodes"]]
    with ExitStack() as stack:
        for kitchen in kitchens:
            stack.enter_context(kitchen.client)
        step = -(-int(time.time() * 1000) // EVERY_MS)
        while not stop.wait(max(0.0, step * EVERY_MS / 1000 - time.time())):
            for kitchen in kitchens:
                if not quiet.is_set():
                    kitchen.send(step * EVERY_MS)
                    if step % 2 == 0:
                        kitchen.show(step // 2)
            print(json.dumps({kitchen.name: kitchen.state() for kitchen in kitchens}), flush=True)  # noqa: T201
            step += 1


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
