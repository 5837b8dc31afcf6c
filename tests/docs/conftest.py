"""What the pages' commands run in."""

import pytest

from tests.docs.pages import command_on_path


@pytest.fixture
def commands(prefect_api: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the environment of a page's commands: `winnow`, and the suite's Prefect server."""
    return command_on_path(tmp_path_factory.mktemp("bin")) | {"PREFECT_API_URL": prefect_api}
