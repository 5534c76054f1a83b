"""Track the same head from one sampled frame to the next, at one to five frames per second."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vision.judging.detections import Detections, area, centres, iou

_LOST_AFTER_S = 4.0
_REACH_PER_S = 3.0
"""Box sizes that a head may move per second (a brisk walk under a ceiling camera)."""
_REACH_MIN = 1.0
_SIZE_CHANGE = 2.5


@dataclass(slots=True)
class Track:
    """One object followed over time.

    Attributes:
        votes: (at_s, class name, score) of the frames that show it.
        trail: the boxes (4,) of these votes, normalised corners.
    """

    id: int
    box: NDArray[np.float32]
    seen_s: float
    votes: list[tuple[float, str, float]] = field(default_factory=list)
    trail: list[NDArray[np.float32]] = field(default_factory=list)


class Tracker:
    """Greedy association by overlap and reach, for low frame rates and few people."""

    def __init__(self, *, memory_s: float) -> None:
        self.tracks: list[Track] = []
        self._memory_s = memory_s
        self._next_id = 1

    def update(self, seen: Detections, *, at_s: float) -> list[Track]:
        """Process one frame's detections; return the tracks, those that were seen with a new vote."""
        self.tracks = [track for track in self.tracks if at_s - track.seen_s <= _LOST_AFTER_S]
        free = set(range(len(seen)))
        for track, i in self._pairs(seen, at_s=at_s):
            free.discard(i)
            self._vote(track, seen, i, at_s)
        for i in sorted(free):
            track = Track(self._next_id, seen.boxes[i], at_s)
            self._next_id += 1
            self.tracks.append(track)
            self._vote(track, seen, i, at_s)
        return self.tracks

    def _vote(self, track: Track, seen: Detections, i: int, at_s: float) -> None:
        track.box, track.seen_s = seen.boxes[i], at_s
        track.votes.append((at_s, seen.names[i], float(seen.scores[i])))
        track.trail.append(track.box)
        track.votes = [vote for vote in track.votes if at_s - vote[0] <= self._memory_s]
        track.trail = track.trail[-len(track.votes) :]

    def _pairs(self, seen: Detections, *, at_s: float) -> list[tuple[Track, int]]:
        if not self.tracks or not len(seen):
            return []
        cost = _cost(self.tracks, seen, at_s=at_s)
        pairs: list[tuple[Track, int]] = []
        taken_tracks: set[int] = set()
        taken_boxes: set[int] = set()
        for flat in np.argsort(cost, axis=None, kind="stable"):
            t, i = divmod(int(flat), cost.shape[1])
            if not np.isfinite(cost[t, i]):
                break
            if t not in taken_tracks and i not in taken_boxes:
                taken_tracks.add(t)
                taken_boxes.add(i)
                pairs.append((self.tracks[t], i))
        return pairs


def _cost(tracks: list[Track], seen: Detections, *, at_s: float) -> NDArray[np.float64]:
    """Return (tracks, boxes): distance in box sizes minus overlap; infinite beyond reach or for another size."""
    last = np.stack([track.box for track in tracks])
    age = np.array([at_s - track.seen_s for track in tracks])
    size_last, size_seen = np.sqrt(np.maximum(area(last), 1e-9)), np.sqrt(np.maximum(area(seen.boxes), 1e-9))
    between = np.linalg.norm(centres(last)[:, None] - centres(seen.boxes)[None], axis=2)
    distance = between / np.maximum(size_last[:, None], size_seen[None])
    reach = np.maximum(_REACH_MIN, _REACH_PER_S * age)[:, None]
    ratio = size_last[:, None] / size_seen[None]
    cost = distance - 2.0 * iou(last, seen.boxes)
    cost[(distance > reach) | (ratio > _SIZE_CHANGE) | (ratio < 1 / _SIZE_CHANGE)] = np.inf
    return np.asarray(cost, np.float64)
