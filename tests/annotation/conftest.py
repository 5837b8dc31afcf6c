"""A real Argilla server for the whole test session, and clients for its owner and annotators."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from winnow.annotation.argilla.server import Address, ArgillaServer, environment

if TYPE_CHECKING:
    import argilla as rg

ANNOTATORS = ("ann", "bob", "cem")

_REPOSITORY = Path(__file__).parents[2]
ENVIRONMENT = Path(os.environ.get("WINNOW_ARGILLA_ENV", _REPOSITORY / ".venv-argilla"))
"""Made on first use (about a minute) and kept; remove it to see it made again."""


def needs_redis() -> None:
    """Skip where no redis-server can be had."""
    if not (shutil.which("redis-server") or shutil.which("valkey-server")):
        pytest.skip("no redis-server here: apt-get install redis-server")


@pytest.fixture(scope="session")
def argilla_environment() -> Path:
    """Give the folder of the server's environment, made here where it is missing."""
    needs_redis()
    environment.ensure(ENVIRONMENT, print)
    return ENVIRONMENT


@pytest.fixture(scope="session")
def argilla_server(
    tmp_path_factory: pytest.TempPathFactory, argilla_environment: Path
) -> Iterator[ArgillaServer]:
    """Give a running server with the accounts of `ANNOTATORS`; stop it in the end."""
    server = ArgillaServer(tmp_path_factory.mktemp("argilla"), environment=argilla_environment)
    try:
        server.up(timeout_s=600, annotators=ANNOTATORS)
        yield server
    finally:
        server.down()


@pytest.fixture(scope="session")
def argilla(argilla_server: ArgillaServer) -> Address:
    """Give the running server's address, with the owner's key."""
    return argilla_server.address()


@pytest.fixture(scope="session")
def owner(argilla: Address) -> "rg.Argilla":
    """Give a client signed in as the owner."""
    import argilla as rg

    return rg.Argilla(api_url=argilla.url, api_key=argilla.api_key)


@pytest.fixture(scope="session")
def person(argilla: Address, argilla_server: ArgillaServer) -> Callable[[str], httpx.Client]:
    """Give a function from an account's name to an HTTP client signed in as it, based at /api/v1/."""
    credentials = argilla_server.credentials()
    accounts = {account.name: account for account in (credentials.owner, *credentials.annotators)}

    def sign_in(name: str) -> httpx.Client:
        headers = {"X-Argilla-Api-Key": accounts[name].api_key}
        return httpx.Client(base_url=f"{argilla.url}/api/v1/", headers=headers, timeout=600)

    return sign_in
