"""Data sets of the hub. `datasets` reads its address once, when imported: hence processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipelines.reading.hub import COMMIT, serving
from winnow.pipelines.hub import hub_errors, is_silence, told

READ = """
import json, sys
from pathlib import Path
from winnow.pipelines.reading import Inputs, input_hashes, read_inputs
from winnow.schemas.errors import CurationError
from winnow.schemas.prompts import Prompt
from winnow.warehouse.staging import Staging

inputs = Inputs.model_validate({"prompts": json.loads(sys.argv[1])})
try:
    hashes, staging = input_hashes(inputs), Staging(Path(sys.argv[2]))
    read_inputs(inputs, staging, "r")
    prompts = Prompt.from_table(staging.read(Prompt))
    print(json.dumps([hashes, [(p.source, p.messages[0].content) for p in prompts]]))
except CurationError as error:
    print(json.dumps(f"{type(error).__name__}: {error}"))
"""


def read(tmp_path: Path, settings: dict[str, str], **environment: str) -> object:
    home = {
        "HF_HOME": str(tmp_path / "hub"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_OFFLINE": "0",
    }
    done = subprocess.run(
        [sys.executable, "-c", READ, json.dumps(settings), str(tmp_path / "staging")],
        env={**os.environ, **home, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.server
def test_a_data_set_of_the_hub_is_read_at_the_commit_that_its_hash_names(tmp_path: Path) -> None:
    rows = [["org/name:1", "hi"], ["org/name:2", "ho"]]
    with serving() as address:
        found = read(tmp_path, {"dataset": "org/name"}, HF_ENDPOINT=address)
    assert found == [{"prompts": COMMIT}, rows]


@pytest.mark.server
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"dataset": "org/other"},
            "InvalidSettings: data set 'org/other' cannot be loaded: "
            "Dataset 'org/other' doesn't exist on the Hub or cannot be accessed.",
        ),
        (
            {"dataset": "org/name", "split": "dev"},
            "InvalidSettings: data set 'org/name' cannot be loaded: "
            "Unknown split \"dev\". Should be one of ['train'].",
        ),
        (
            {"dataset": "org/name", "config": "x"},
            "InvalidSettings: data set 'org/name' cannot be loaded: "
            "BuilderConfig 'x' not found. Available: ['default']",
        ),
    ],
)
def test_what_the_hub_does_not_have_is_named(
    tmp_path: Path, settings: dict[str, str], message: str
) -> None:
    with serving() as address:
        way_out = "; correct 'dataset', 'config', 'split' or 'revision'"
        assert read(tmp_path, settings, HF_ENDPOINT=address) == message.removesuffix(".") + way_out


def test_a_hub_that_does_not_answer_is_worth_another_try(tmp_path: Path) -> None:
    found = read(tmp_path, {"dataset": "org/name"}, HF_HUB_OFFLINE="1")
    assert str(found).startswith(
        "TransientError: data set 'org/name': the Hugging Face hub, which HF_HUB_OFFLINE keeps from being asked, "
    )


def test_a_hub_that_is_silent_is_told_from_one_that_answers() -> None:
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    http_error = HfHubHTTPError.__bases__[0]
    for error in (
        http_error("no connection"),
        OfflineModeIsEnabled("off"),
        ConnectionError("reset"),
    ):
        assert isinstance(error, hub_errors()) and is_silence(error)
    wrapped = FileNotFoundError("no such data set")
    wrapped.__cause__ = LocalEntryNotFoundError("not cached")
    assert is_silence(wrapped)
    assert not is_silence(ValueError("unknown split 'x'"))
    assert (told(ConnectionError("No\nway")), told(ConnectionError())) == (
        "No way",
        "ConnectionError",
    )
