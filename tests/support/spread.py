"""Distribution of tests over workers: a file stays together, and all whole platforms go to one worker.

A file stays together so that its module's fixtures are created once. Two platforms at a time would compete for the
processor, so the tests that start one are a group, and the group starts first.
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
"""Folders of the tests that start `mingchu up` or `mingchu demo`."""
LONGEST = "tests/faults/test_campaign.py"
"""Starts first, too, but on the other worker: it waits most of its ten minutes, in namespaces of its own."""


def group_of(nodeid: str) -> str:
    """Return the name of a test's group: its file, or that of the platforms."""
    file = nodeid.partition("::")[0]
    return "platforms" if file.startswith(PLATFORMS) else file


def rank_of(nodeid: str) -> int:
    """Platforms first, unit tests last: short tests fill the gap while the other worker finishes."""
    if group_of(nodeid) in {"platforms", LONGEST}:
        return 0
    return 2 if nodeid.startswith("tests/unit/") else 1


class Spread(LoadScopeScheduling):
    """xdist's distribution by group, with our groups, in the order of collection."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
