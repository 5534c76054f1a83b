"""Whose turn it is: cameras in turn, and one that something called for some time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

FOLLOWED_S: Final = 10.0
"""Time for which every frame of a camera is looked at after a reason."""


@dataclass(slots=True)
class Turn:
    """When a camera's frames were looked at, and until when all of them are.

    Attributes:
        looked_s: moment of the last look.
        called_until_s: until then every frame is looked at.
        called: something called it since the last frame.
    """

    looked_s: float = -math.inf
    called_until_s: float = -math.inf
    called: bool = False

    def is_due(self, at_s: float, *, every_s: float) -> bool:
        """Return whether a frame of this moment is looked at; `every_s` is the time between two without a reason."""
        if self.called:
            self.called, self.called_until_s = False, at_s + FOLLOWED_S
        return at_s < self.called_until_s or at_s - self.looked_s >= every_s


def due(turns: Sequence[tuple[Turn, float, float]]) -> list[int]:
    """Return the numbers of the turns whose frame is looked at: the longest waiting first.

    Args:
        turns: each with the moment of its frame, and the time between two looks without a reason.
    """
    numbers = [number for number, (turn, at_s, every_s) in enumerate(turns) if turn.is_due(at_s, every_s=every_s)]
    return sorted(numbers, key=lambda number: turns[number][0].looked_s)
