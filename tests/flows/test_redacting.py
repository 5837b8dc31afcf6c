import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from winnow.flows.redacting import errors_without_secrets, redact_output
from winnow.schemas import redaction
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.redaction import remember

SECRET = "sk-live-0123456789"


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(redaction, "_names", {})
    monkeypatch.setattr(redaction, "_known", None)
    make = logging.getLogRecordFactory()
    remember(SECRET, "$MY_KEY")
    yield
    logging.setLogRecordFactory(make)


def fail() -> None:
    try:
        raise ValueError(f"Illegal header value b'{SECRET}'")
    except ValueError as error:
        raise RuntimeError("the request failed") from error


def test_a_log_holds_no_secret_of_its_words_or_of_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    redact_output()
    logger = logging.getLogger("some.library")
    logger.error("the key is %s", SECRET)
    try:
        fail()
    except RuntimeError:
        logger.exception("that failed")
    assert "the key is $MY_KEY" in caplog.text
    assert "Illegal header value b'$MY_KEY'" in caplog.text
    assert "in fail" in caplog.text
    assert SECRET not in caplog.text


def test_an_error_that_shows_a_secret_is_raised_anew_without_it() -> None:
    with pytest.raises(Exception, match="RuntimeError: the request failed") as raised:
        errors_without_secrets()(fail)()
    assert raised.value.__suppress_context__ and raised.value.__cause__ is None


@pytest.mark.parametrize("error", [InvalidSettings("no"), KeyError("no"), KeyboardInterrupt()])
def test_other_errors_pass_as_they_are(error: BaseException) -> None:
    with pytest.raises(type(error)) as raised, errors_without_secrets():
        raise error
    assert raised.value is error


def test_a_traceback_on_the_terminal_holds_no_secret() -> None:
    code = (
        "import os, threading\n"
        "from winnow.flows.redacting import redact_output\n"
        "redact_output()\n"
        "def fail(): raise ValueError(os.environ['MY_KEY'])\n"
        "thread = threading.Thread(target=fail); thread.start(); thread.join()\n"
        "fail()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"MY_KEY": SECRET}, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.count("ValueError: $MY_KEY") == 2
    assert SECRET not in done.stderr


def test_what_prefect_keeps_of_an_error_holds_no_secret(
    prefect_api: str, prefect_home: Path
) -> None:
    import httpx
    from prefect import flow
    from prefect.logging.handlers import APILogHandler
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from winnow.flows.curation.flow import stage

    redact_output()

    @flow(name="leaky")
    @errors_without_secrets()
    def leaky() -> None:
        stage("leak")(fail)()

    with temporary_settings({PREFECT_API_URL: prefect_api}):
        with pytest.raises(Exception, match="the request failed"):
            leaky()
        APILogHandler().flush()
    logs = httpx.post(f"{prefect_api}/logs/filter", json={"sort": "TIMESTAMP_DESC"}).text
    runs = httpx.post(
        f"{prefect_api}/flow_runs/filter", json={"sort": "EXPECTED_START_TIME_DESC"}
    ).text
    assert "the request failed" in logs and "the request failed" in runs
    assert SECRET not in logs + runs
    left = [path for path in prefect_home.rglob("*") if path.is_file()]
    assert [path for path in left if SECRET.encode() in path.read_bytes()] == []
