"""The memory of each process over a campaign, and its slope within lives: a restart is no shrinking."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.support.campaign.kept import Kept

WARM_UP_S = 60.0
"""A process loads what it needs at first."""
STEADY_LIFE_H, STEADY_AFTER_S = 1.0, 900.0
"""Only a life of an hour shows whether memory is flat, without its first quarter: caches still fill."""
FLAT_MB_PER_H = 30.0
"""A steady slope above this is a leak."""


def rss_mib(pid: int) -> float | None:
    """Resident memory of a process; None if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), None)


class Memory:
    """Samples of all segments; a pid is one life only within its segment."""

    def __init__(self, kept: Kept, segment: int) -> None:
        self._kept, self._segment = kept, segment

    def sample(self, pids: dict[str, int], *, at: float) -> None:
        """Keep a sample of each role's process, at this second of the campaign's running time."""
        found = [(self._segment, role, pid, at, mib) for role, pid in pids.items() if (mib := rss_mib(pid)) is not None]
        self._kept.add_samples(found)

    def report(self) -> dict[str, dict[str, Any]]:
        """By role, see `report_of`."""
        lives: dict[str, dict[tuple[int, int], list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
        for segment, role, pid, at, mib in self._kept.samples():
            lives[role][segment, pid].append((at, mib))
        return {role: report_of(list(found.values())) for role, found in sorted(lives.items())}


def report_of(lives: list[list[tuple[float, float]]]) -> dict[str, Any]:
    """`slope_of` all lives; their number, the hours of the longest, and the slope where it can tell of a leak.

    `steady_mb_per_h` is None unless a life lasted an hour.
    """
    hours = [(life[-1][0] - life[0][0]) / 3600 for life in lives]
    long = [life for life, lasted in zip(lives, hours, strict=True) if lasted >= STEADY_LIFE_H]
    steady = slope_of(long, after_s=STEADY_AFTER_S)["mb_per_h"] if long else None
    longest = round(max(hours, default=0.0), 2)
    return {**slope_of(lives), "lives": len(lives), "longest_h": longest, "steady_mb_per_h": steady}


def leaks(report: dict[str, dict[str, Any]]) -> list[str]:
    """The roles whose memory grows, as sentences."""
    return [
        f"the memory of {role} grows by {steady} MB/h"
        for role, found in report.items()
        if (steady := found["steady_mb_per_h"]) is not None and steady > FLAT_MB_PER_H
    ]


def slope_of(lives: list[list[tuple[float, float]]], *, after_s: float = WARM_UP_S) -> dict[str, float]:
    """Fit one slope to all lives, each with its own level and without its first seconds, by least squares.

    `mb_per_h` is that slope, `hours` how long it was seen, `peak_mib` the largest value.

    >>> slope_of([[(0, 10), (60, 50), (3660, 51)], [(0, 30), (60, 70), (3660, 71)]])["mb_per_h"]
    1.0
    """
    across = squared = hours = 0.0
    peak = max((mib for life in lives for _, mib in life), default=0.0)
    for life in lives:
        warm = [(at, mib) for at, mib in life if at - life[0][0] >= after_s]
        if len(warm) < 2:
            continue
        mean_at = sum(at for at, _ in warm) / len(warm)
        mean_mib = sum(mib for _, mib in warm) / len(warm)
        across += sum((at - mean_at) * (mib - mean_mib) for at, mib in warm)
        squared += sum((at - mean_at) ** 2 for at, _ in warm)
        hours += (warm[-1][0] - warm[0][0]) / 3600
    slope = across / squared * 3600 if squared else 0.0
    return {"mb_per_h": round(slope, 2), "hours": round(hours, 2), "peak_mib": round(peak, 1)}
