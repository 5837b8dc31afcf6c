"""The small data set on the session's server, and the people who search it."""

from collections.abc import Callable, Iterator

import argilla as rg
import httpx
import pytest

from tests.annotation.argilla.search.animals import GIVEN, Searcher, answer, make_animals
from winnow.annotation.argilla.server import Address


@pytest.fixture(scope="session")
def animals(owner: rg.Argilla, argilla: Address) -> Iterator[rg.Dataset]:
    """Give the data set; remove it in the end."""
    dataset = make_animals(owner, str(argilla.workspace))
    yield dataset
    dataset.delete()


@pytest.fixture(scope="session")
def ids(animals: rg.Dataset) -> dict[str, str]:
    """Give the server's id of each record."""
    return {str(record.id): str(record._server_id) for record in animals.records}


@pytest.fixture(scope="session")
def answers(ids: dict[str, str], person: Callable[[str], httpx.Client]) -> None:
    """Have ann and bob answer as `GIVEN` says."""
    for name in GIVEN:
        answer(person(name), name, ids)


@pytest.fixture
def everyone(animals: rg.Dataset, person: Callable[[str], httpx.Client]) -> Searcher:
    """Search as the owner, over all people's responses."""
    return Searcher(person("owner"), f"datasets/{animals.id}")


@pytest.fixture
def ann(animals: rg.Dataset, person: Callable[[str], httpx.Client]) -> Searcher:
    """Search as ann, over her own responses."""
    return Searcher(person("ann"), f"me/datasets/{animals.id}")


@pytest.fixture
def bob(animals: rg.Dataset, person: Callable[[str], httpx.Client]) -> Searcher:
    """Search as bob."""
    return Searcher(person("bob"), f"me/datasets/{animals.id}")
