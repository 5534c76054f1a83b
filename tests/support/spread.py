"""How tests are spread over workers: a file stays together, and all whole platforms go to one worker.

A file stays together because its module's fixtures are made once then. Two platforms at a time would take the
processor from each other, so the tests that start one are a group, and the group is started first.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

PLATFORMS = (
    "tests/attacks/campaign/",
    "tests/e2e/console/test_camera_to_clip.py",
    "tests/e2e/test_",
    "tests/faults/stack/",
)
"""Where the tests lie that start `mingchu up` or `mingchu demo`."""


def group_of(nodeid: str) -> str:
    """The name of the group that a test runs in: its file, or that of the platforms."""
    file = nodeid.partition("::")[0]
    return "platforms" if file.startswith(PLATFORMS) else file


def rank_of(nodeid: str) -> int:
    """Platforms first, unit tests last: what is short fills the gap while the other worker finishes."""
    if group_of(nodeid) == "platforms":
        return 0
    return 2 if nodeid.startswith("tests/unit/") else 1


class Spread(LoadScopeScheduling):
    """xdist's distribution by group, with our groups, in the order of collection."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
