import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from schemas.errors import InvalidSettings


@pytest.fixture
def rounds(tmp_path: Path) -> Path:
    pairs = [{"prompt": "Why?", "chosen": "Because.", "rejected": f"No {i}."} for i in range(4)]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    config = tmp_path / "rounds.yaml"
    config.write_text(
        f"name: toy\nwarehouse: {{path: {tmp_path / 'house'}}}\n"
        f"comparisons: {{path: {tmp_path / 'pairs.jsonl'}}}\n"
        "rounds: {budget: 10, per_round: 4, target: 0.9, people: {queue: toy, n_people: 3}}\n"
    )
    return config


def test_validate_says_what_rounds_would_ask_of_whom(rounds: Path) -> None:
    done = CliRunner().invoke(app, ["validate", str(rounds)])
    assert done.exit_code == 0, done.exception
    assert "4 comparisons at most" in done.output
    assert (
        "10 labels of people at most, or until accuracy 0.9 is proved, 4 a round, 3 rounds at most; "
        "asked in queue 'toy' of Argilla, 3 people each"
    ) in done.output
    assert f"winnow rounds {rounds} publishes preferences@N" in done.output


def test_run_names_the_command_that_a_file_of_rounds_is_for(rounds: Path) -> None:
    done = CliRunner().invoke(app, ["run", str(rounds)])
    assert isinstance(done.exception, InvalidSettings)
    assert str(done.exception).endswith(f"start it with winnow rounds {rounds}")


def test_validate_lists_what_is_not_read_as_it_stands(tmp_path: Path) -> None:
    pair = {"prompt": "p", "chosen": "x", "rejected": "y", "input": "[bold]word[/] :smile:"}
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair))
    config = tmp_path / "run.yaml"
    config.write_text(
        f"name: toy\nwarehouse: {{path: {tmp_path / 'house'}}}\nrelease: toy\n"
        f"comparisons: {{path: {tmp_path / 'pairs.jsonl'}}}\n"
    )
    done = CliRunner().invoke(app, ["validate", str(config)])
    assert done.exit_code == 0, done.exception
    assert "not read: pairs.jsonl: input, such as '[bold]word[/] :smile:'" in done.output
