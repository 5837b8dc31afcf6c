import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from winnow.flows.commands.cli import app
from winnow.schemas.errors import InvalidSettings, Unpublishable


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
    assert "4 comparisons\n" in done.output
    assert (
        "10 labels of people at most, or until accuracy 0.9 is proved, 4 a round, 3 rounds at most; "
        "asked in queue 'toy' of Argilla, 3 people each"
    ) in done.output
    assert f"winnow rounds {rounds} publishes preferences@N" in done.output


def test_a_plan_of_rounds_has_the_budget_of_people(rounds: Path) -> None:
    text = rounds.read_text() + "label: [{judge: pairwise, model: tiny}]\n"
    rounds.write_text(text)
    done = CliRunner().invoke(app, ["plan", str(rounds)])
    assert done.exit_code == 0, done.exception
    lines = [" ".join(line.split()) for line in done.output.splitlines()]
    assert "rounds: people ≤ 10 0 ≤ 10" in lines
    (judged,) = (line for line in lines if line.startswith("rounds: judge"))
    assert judged.startswith("rounds: judge pairwise@1 asks tiny 8 0 8 ")
    assert f"winnow rounds {rounds} publishes preferences@N" in lines


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


@pytest.mark.parametrize(
    ("sample", "compare", "wanted"),
    [
        ([], {}, ["5 comparisons\n", "10 requests: judge pairwise@1 asks tiny"]),
        (
            [],
            {"strategy": "best_worst", "score": "form"},
            ["1 comparison at most", "2 requests at most"],
        ),
        (
            [],
            {"strategy": "group", "size": 3},
            ["1 comparison\n", "6 requests: judge pairwise@1 asks tiny"],
        ),
        ([{"n": 1}], {}, ["9 comparisons at most", "18 requests at most: judge"]),
        (
            [{"n": 3, "temperature": 0}],
            {},
            ["17 comparisons at most", "3 requests, 1 different answer"],
        ),
        (
            [{"n": 1, "temperature": 0}, {"n": 1, "temperature": 0}],
            {},
            ["sample[1]: n adds up to 2 with equal entries before it at temperature 0"],
        ),
    ],
    ids=["ready", "best and worst", "group", "one more", "temperature 0", "temperature 0 twice"],
)
def test_validate_counts_what_can_be_formed(
    tmp_path: Path, sample: list[dict[str, Any]], compare: dict[str, Any], wanted: list[str]
) -> None:
    same = {"text": " So. ", "model": "another"}
    prompt = {"prompt": "Why?", "responses": ["Because.", "So.", "Well.", same, ""]}
    (tmp_path / "prompts.jsonl").write_text(json.dumps(prompt))
    settings = {
        "name": "toy",
        "prompts": {"path": str(tmp_path / "prompts.jsonl")},
        "sample": [{"model": "tiny", **entry} for entry in sample],
        "compare": compare,
        "label": [{"judge": "pairwise", "model": "tiny"}],
    }
    said = validated(tmp_path, settings)
    assert [words for words in wanted if words not in said] == []


def test_validate_names_a_verifier_that_has_nothing_to_measure_by(tmp_path: Path) -> None:
    prompts = [{"prompt": f"Why {i}?", "responses": ["Because.", "So."]} for i in range(2)]
    text = "".join(json.dumps(prompt) + "\n" for prompt in prompts)
    (tmp_path / "prompts.jsonl").write_text(text)
    settings = {
        "name": "toy",
        "prompts": {"path": str(tmp_path / "prompts.jsonl")},
        "label": [
            {"verifier": "form"},
            {"verifier": "reference_overlap"},
            {"verifier": "constraints"},
            {"judge": "correctness", "model": "tiny"},
            {"judge": "pairwise", "model": "tiny"},
        ],
    }
    said = validated(tmp_path, settings)
    assert "label[1]: reference_overlap measures by 'reference', which 0 of 2 prompts have" in said
    assert "label[2]: constraints measures by 'metadata', which 0 of 2 prompts have" in said
    assert "keep the columns that it names (keep)" in said
    assert "label[3]: correctness measures by 'reference', which 0 of 2 prompts have" in said
    assert "label[4]" not in said
    with pytest.raises(Unpublishable, match="nothing labels the comparisons"):
        validated(tmp_path, settings | {"label": [{"verifier": "reference_overlap"}]})


def test_validate_says_what_further_references_need_and_which_embeddings_are_missing(
    tmp_path: Path,
) -> None:
    prompt = {"prompt": "Why?", "responses": ["Because.", "So."], "references": ["So it is."]}
    (tmp_path / "prompts.jsonl").write_text(json.dumps(prompt))
    prompts = {"path": str(tmp_path / "prompts.jsonl")}
    label = [{"verifier": "form"}, {"verifier": "reference_similarity"}]
    settings = {"name": "toy", "prompts": prompts, "label": label}
    wanted = "label[1]: reference_similarity measures by 'references', which 0 of 1 prompts have"
    said = validated(tmp_path, settings)
    assert wanted in said and "keep 'references', or leave it out" in said
    assert "measures by" not in validated(tmp_path, settings | {"prompts": prompts | {"keep": ["references"]}})  # fmt: skip
    learned = {"verifier": "prompt_relevance", "embeddings": "nobody/has-this"}
    with pytest.raises(InvalidSettings, match="no model of that id was downloaded"):
        validated(tmp_path, settings | {"label": [learned]})


def validated(folder: Path, settings: dict[str, Any]) -> str:
    (folder / "run.yaml").write_text(json.dumps(settings))
    arguments = ["validate", str(folder / "run.yaml"), "--warehouse", str(folder / "house")]
    done = CliRunner().invoke(app, arguments)
    if done.exception is not None:
        raise done.exception
    return done.output
