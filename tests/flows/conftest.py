from pathlib import Path

import pytest

from tests.flows.house import House


@pytest.fixture
def house(tmp_path: Path, prefect_api: str) -> House:
    return House(tmp_path, prefect_api)
