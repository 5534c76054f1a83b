"""The invariants of a campaign: what is broken now, as sentences."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC

from models.base.errors import StoreUnavailable
from models.store import Store
from tests.support.campaign.fleet import Fleet
from tests.support.campaign.reader import Reader

REGION = "3306%"


@dataclass(slots=True)
class Watch:
    """Looks at the database, the feed's reader and the kitchens' ledgers. `broken` collects what did not hold."""

    store: Store
    fleet: Fleet
    reader: Reader
    broken: list[str] = field(default_factory=list)
    looks: int = 0
    totals: dict[str, dict[str, int]] = field(default_factory=dict)

    def look(self) -> None:
        """Check what has to hold at any time; passes over a database that is away."""
        acknowledged = sum(self.fleet.acknowledged().values())
        try:
            found = [*self._readings(acknowledged), *self._alerts(), *self._feed()]
        except StoreUnavailable:
            return
        self.looks += 1
        self.broken += [one for one in found if one not in self.broken]

    def look_at_end(self) -> None:
        """Check what has to hold when everything was sent, acknowledged and numbered."""
        self.look()
        self.broken += [*self._ledgers(), *self._feed_to_end()]

    def _rows(self, query: str, *parameters: object) -> list[tuple[int, ...]]:
        with self.store.read() as r:
            return r.raw.execute(query.encode(), parameters).fetchall()

    def _readings(self, acknowledged: int) -> Iterator[str]:
        stored, distinct = self._rows("SELECT count(*), count(DISTINCT (device_id, code, occurred_at)) FROM reading")[0]
        self.totals["readings"] = {"acknowledged": acknowledged, "stored": stored, "stored_twice": stored - distinct}
        if stored != distinct:
            yield f"{stored - distinct} readings are stored twice"
        if stored < acknowledged:
            yield f"{acknowledged} readings are acknowledged, and {stored} stored"

    def _alerts(self) -> Iterator[str]:
        doubled = "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM alert WHERE {} GROUP BY {}) AS a"
        open_ones = self._rows(doubled.format("closed_at IS NULL", "device_id, code, zone"))[0][0]
        lasting = self._rows(doubled.format("code = 'gas_ch4'", "device_id"))[0][0]  # one alarm from end to end
        total = self._rows("SELECT count(*), count(*) FILTER (WHERE code = 'gas_ch4') FROM alert")[0]
        violations = self._rows("SELECT count(*) FROM violation")[0][0]
        self.totals["alerts"] = {
            "raised": total[0],
            "gas_alarms": total[1],
            "violations": violations,
            "doubled": int(open_ones) + int(lasting),
        }
        if open_ones:
            yield f"{open_ones} situations have a second open alert"
        if lasting:
            yield f"{lasting} lasting alarms were alerted a second time"

    def _feed(self) -> Iterator[str]:
        seen, cursor = len(self.reader.seen), self.reader.cursor.seq
        there = self._rows("SELECT count(*) FROM event WHERE seq <= %s AND region_code LIKE %s", cursor, REGION)[0][0]
        again = self.reader.misordered()
        self.totals["feed"] = {"read": seen, "gaps": max(0, there - seen), "again_or_disordered": again}
        if seen < there and len(self.reader.seen) < there:
            yield f"the reader missed {there - seen} events up to {cursor}"
        if again:
            yield f"{again} events reached the reader again or out of order"

    def _feed_to_end(self) -> Iterator[str]:
        there = self._rows("SELECT seq, event_id FROM event WHERE region_code LIKE %s ORDER BY seq", REGION)
        expected = [(seq, str(event_id)) for seq, event_id in there]
        if expected != self.reader.seen:
            yield f"the feed has {len(expected)} events, the reader got {len(self.reader.seen)}, and they differ"

    def _ledgers(self) -> Iterator[str]:
        """What the kitchens know to have sent has to be there, each reading once."""
        sent = missing = unknown = 0
        for device in self.fleet.devices:
            ledger = set(self.fleet.ledger(device).moments())
            rows = self._rows("SELECT occurred_at FROM reading WHERE device_id = %s", device)
            stored = {round(at.astimezone(UTC).timestamp() * 1000) for (at,) in rows}  # type: ignore[attr-defined]
            sent += len(ledger)
            missing += len(ledger - stored)
            unknown += len(stored - ledger)
        self.totals["readings"] |= {"sent": sent, "missing": missing, "sent_as_an_agent_died": unknown}
        if missing:
            yield f"{missing} readings were sent and are not stored"
