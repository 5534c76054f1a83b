"""The counters of a campaign, summed over all of its segments."""

import random
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.support.campaign.kept import Kept


@dataclass(slots=True)
class Segment:
    """A part of a campaign without a pause. Moments are seconds since the epoch; `seconds` is its running time."""

    began: float
    seen: float
    seconds: float = 0.0
    in_order: bool = False

    def report(self) -> dict[str, Any]:
        began = datetime.fromtimestamp(self.began, UTC).isoformat(timespec="seconds")
        return {"began": began, "seconds": round(self.seconds), "ended": how(in_order=self.in_order)}


def how(*, in_order: bool) -> str:
    return "in order" if in_order else "killed"


@dataclass(slots=True)
class Progress:
    """What was done and what did not hold. `save` writes it to disk, and `of` reads it."""

    kept: Kept
    seed: int
    chance: random.Random
    key: str
    nodes: list[dict[str, Any]]
    segments: list[Segment] = field(default_factory=list)
    bag: list[str] = field(default_factory=list)
    injected: Counter[str] = field(default_factory=Counter)
    recovered: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    broken: list[str] = field(default_factory=list)
    looks: int = 0
    reader_errors: dict[str, int] = field(default_factory=dict)
    report: dict[str, Any] | None = None
    _since: float = float("inf")

    @classmethod
    def of(cls, kept: Kept) -> "Progress | None":
        """The progress of the campaign in a folder; None if its platform was never set up to the end."""
        document = kept.document()
        if document is None:
            return None
        version, numbers, gauss = document.pop("random")
        chance = random.Random()
        chance.setstate((version, tuple(numbers), gauss))
        return cls(
            kept=kept,
            chance=chance,
            segments=[Segment(**one) for one in document.pop("segments")],
            injected=Counter(document.pop("injected")),
            recovered=defaultdict(list, document.pop("recovered")),
            **document,
        )

    def save(self) -> None:
        segment = self.segments[-1]
        segment.seen = time.time()
        self.kept.save(
            {
                "random": self.chance.getstate(),
                "segments": [asdict(one) for one in self.segments],
                **{
                    name: getattr(self, name)
                    for name in (
                        *("seed", "key", "nodes", "bag", "injected", "recovered"),
                        *("broken", "looks", "reader_errors", "report"),
                    )
                },
            }
        )

    def begin(self, *, at: float) -> None:
        """Begin a segment whose machine was switched on at this moment."""
        self.segments.append(Segment(began=at, seen=at))

    def start_clock(self) -> None:
        """Running time counts from here on."""
        self._since = time.monotonic()

    def stop_clock(self) -> None:
        self.tick()
        self._since = float("inf")

    def tick(self) -> None:
        """Bring the running time of the present segment up to date."""
        self.segments[-1].seconds = max(self.segments[-1].seconds, time.monotonic() - self._since)

    def end(self) -> None:
        """End the present segment in order."""
        self.segments[-1].in_order = True
        self.save()

    @property
    def ran_s(self) -> float:
        """Running time of all segments."""
        return sum(one.seconds for one in self.segments)

    def is_finished(self, lasts_s: float) -> bool:
        """Whether so many seconds have run, and the whole was looked at afterwards."""
        return self.ran_s >= lasts_s and self.segments[-1].in_order

    def pauses(self) -> list[dict[str, Any]]:
        """The times between segments, and how the machine was switched off before them."""
        pairs = zip(self.segments, self.segments[1:], strict=False)
        return [
            {"seconds": round(max(0.0, after.began - before.seen)), "ended": how(in_order=before.in_order)}
            for before, after in pairs
        ]
