import pytest

from winnow.annotation.argilla.server import Address
from winnow.annotation.queues.team_address import team_address
from winnow.schemas.errors import InvalidSettings


def test_a_teams_own_argilla_comes_from_the_environment() -> None:
    told = {"ARGILLA_API_URL": "https://argilla.example/", "ARGILLA_API_KEY": "k"}
    assert team_address(told) == Address("https://argilla.example", "k", None)
    assert team_address({}) is None


def test_an_address_without_a_key_is_an_error() -> None:
    with pytest.raises(InvalidSettings, match="ARGILLA_API_URL is set but ARGILLA_API_KEY is not"):
        team_address({"ARGILLA_API_URL": "https://argilla.example"})
    with pytest.raises(InvalidSettings, match="ARGILLA_API_KEY is set but ARGILLA_API_URL is not"):
        team_address({"ARGILLA_API_KEY": "k"})


def test_a_key_is_never_printed() -> None:
    assert "secret" not in repr(Address("https://argilla.example", "secret"))
