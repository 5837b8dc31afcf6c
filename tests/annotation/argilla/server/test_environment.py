import os
from pathlib import Path

import pytest

from winnow.annotation.argilla.server import ArgillaServer, environment, redis_server
from winnow.annotation.argilla.server.variables import variables
from winnow.schemas.errors import CurationError, MissingPackage


def test_a_half_made_environment_is_not_taken_for_a_whole_one(
    tmp_path: Path, argilla_environment: Path
) -> None:
    (tmp_path / "bin").mkdir()
    assert environment.is_ready(argilla_environment)
    assert not environment.is_ready(tmp_path)
    (tmp_path / "complete").write_text("other requirements")
    assert not environment.is_ready(tmp_path)


def test_an_environment_that_cannot_be_made_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.txt").write_text(f"{tmp_path}/nothing.whl\n")
    monkeypatch.setattr(environment, "REQUIREMENTS", tmp_path / "requirements.txt")
    with pytest.raises(CurationError, match="could not install the Argilla server: ERROR"):
        environment.ensure(tmp_path / "env", print)
    assert not (tmp_path / "env").exists()


def test_without_redis_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingPackage, match="apt-get install redis-server"):
        ArgillaServer(tmp_path / "home").up()


def test_a_home_too_deep_for_a_socket_gets_one_in_a_private_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90)
    short = redis_server.socket_path(deep)
    assert len(os.fsencode(short)) < 100
    assert short == redis_server.socket_path(deep)
    assert short.parent.stat().st_mode & 0o077 == 0


def test_keys_of_other_services_do_not_reach_the_server(tmp_path: Path) -> None:
    shell = {
        "PATH": "/bin",
        "OPENAI_API_KEY": "x",
        "ARGILLA_API_KEY": "y",
        "ARGILLA_DATABASE_URL": "postgresql://db/argilla",
        "ARGILLA_SEARCH_ENGINE": "elasticsearch",
    }
    given = variables(tmp_path, "key", shell)
    assert "OPENAI_API_KEY" not in given
    assert "ARGILLA_API_KEY" not in given
    assert given["ARGILLA_DATABASE_URL"] == "postgresql://db/argilla"
    assert given["ARGILLA_SEARCH_ENGINE"] == "winnow"
    assert given["HF_HUB_DISABLE_TELEMETRY"] == "1"
