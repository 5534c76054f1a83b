"""The memory of each process over a campaign, and its slope within lives: a restart is no shrinking."""

import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

WARM_UP_S = 60.0
"""A process loads what it needs at first."""


def rss_mib(pid: int) -> float | None:
    """Resident memory of a process; None if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), None)


@dataclass(slots=True)
class Memory:
    """Samples (seconds, MiB) by role and pid."""

    samples: dict[str, dict[int, list[tuple[float, float]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def sample(self, pids: dict[str, int]) -> None:
        now = time.monotonic()
        for role, pid in pids.items():
            found = rss_mib(pid)
            if found is not None:
                self.samples[role][pid].append((now, found))

    def report(self) -> dict[str, dict[str, float]]:
        """By role: slope in MB/h, over how many hours of warm lives, and the largest value seen."""
        return {role: slope_of(list(lives.values())) for role, lives in sorted(self.samples.items())}


def slope_of(lives: list[list[tuple[float, float]]]) -> dict[str, float]:
    """Fit one slope to all lives, each with its own level, by least squares.

    >>> slope_of([[(0, 10), (60, 50), (3660, 51)], [(0, 30), (60, 70), (3660, 71)]])["mb_per_h"]
    1.0
    """
    across = squared = hours = 0.0
    peak = max((mib for life in lives for _, mib in life), default=0.0)
    for life in lives:
        warm = [(at, mib) for at, mib in life if at - life[0][0] >= WARM_UP_S]
        if len(warm) < 2:
            continue
        mean_at = sum(at for at, _ in warm) / len(warm)
        mean_mib = sum(mib for _, mib in warm) / len(warm)
        across += sum((at - mean_at) * (mib - mean_mib) for at, mib in warm)
        squared += sum((at - mean_at) ** 2 for at, _ in warm)
        hours += (warm[-1][0] - warm[0][0]) / 3600
    slope = across / squared * 3600 if squared else 0.0
    return {"mb_per_h": round(slope, 2), "hours": round(hours, 2), "peak_mib": round(peak, 1)}
