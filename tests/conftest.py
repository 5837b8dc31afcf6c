"""Fixtures for the whole suite: environment, and servers that are started once."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from winnow.flows.environment import quiet_libraries
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import S3Settings

pytest_plugins = ["tests.engines"]

quiet_libraries()
os.environ.setdefault("HF_HUB_OFFLINE", "1")
hypothesis.settings.register_profile("winnow", deadline=None)  # no test depends on speed
hypothesis.settings.load_profile("winnow")


_STARTED_ONCE = {
    "cluster": "cluster_logs",
    "argilla": "argilla_environment",
    "engine": "engines_closed",
    "server": "tiny_server",
    "prefect": "prefect_api",
}
"""What is started once for all tests that need it, in one process, by the fixture that starts it."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together, where tests run in several processes, those that share what is slow to start; else those of a file."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        shared = (group for group, fixture in _STARTED_ONCE.items() if fixture in fixtures)
        item.add_marker(pytest.mark.xdist_group(next(shared, item.nodeid.partition("::")[0])))


@pytest.fixture(scope="session", autouse=True)
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep Prefect's database of the tests away from the user's own."""
    home = tmp_path_factory.mktemp("prefect")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(home))
        patch.delenv("PREFECT_API_URL", raising=False)
        yield home


@pytest.fixture(scope="session")
def prefect_api(prefect_home: Path) -> Iterator[str]:
    """Give the address of one real Prefect server for every test that needs one."""
    from prefect.settings import temporary_settings

    from winnow.flows.prefect.server import prefect_server

    with temporary_settings(), prefect_server() as address:
        yield address


@pytest.fixture(scope="session")
def orchard_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    from tests import orchard

    with orchard.publish_orchard(tmp_path_factory.mktemp("orchard") / "warehouse") as opened:
        yield opened


@pytest.fixture(scope="session")
def _s3_host() -> Iterator[str]:
    from tests.warehouse.servers import s3_server

    with s3_server() as host:
        yield host


@pytest.fixture
def s3(_s3_host: str, monkeypatch: pytest.MonkeyPatch) -> S3Settings:
    """Reach an object store of this machine, with the bucket "winnow"; its keys are in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "toy")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "toy")
    return S3Settings(endpoint=_s3_host, use_ssl=False, url_style="path")
