"""A data folder that the service users of root's children can reach; `tmp_path` is closed to them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.folder import temporary_data_dir


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with temporary_data_dir() as folder:
        yield folder
