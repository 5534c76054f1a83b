"""Scripts ask for addresses below the platform's own path: see `api/prefix.py`."""

import re
from pathlib import Path

import pytest

from api.console.shell.render import CONSOLE

BARE = re.compile(r"""(fetch\(|location\.assign\(|location\.href = |\.src = )[`"']/""")


@pytest.mark.parametrize("path", sorted(CONSOLE.rglob("*.js")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_script_names_no_address_without_its_root(path: Path) -> None:
    assert BARE.findall(path.read_text(encoding="utf-8")) == []
