from pathlib import Path

import pytest

from winnow.annotation.judges import JUDGES
from winnow.flows.settings.environment import load_warehouse
from winnow.flows.settings.run import CurationSettings, load_settings
from winnow.schemas.errors import CurationError

GOOD = """
name: toy
prompts: {path: prompts.jsonl}
sample: [{model: tiny, n: 2}]
label: [{judge: pairwise, model: tiny}, {verifier: form}]
keep: [order_consistent, {margin: 0.1}]
"""


def load(tmp_path: Path, text: str) -> CurationSettings:
    path = tmp_path / "run.yaml"
    path.write_text(text)
    return load_settings(path)


def fails(tmp_path: Path, text: str) -> str:
    with pytest.raises(CurationError) as caught:
        load(tmp_path, text)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_the_example_settings_are_valid() -> None:
    settings = load_settings(Path(__file__).parents[3] / "examples/quickstart/quickstart.yaml")
    assert settings.model_names() == ["smollm2"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("keep:", "kep:"),
            "run.yaml: unknown key 'kep'; did you mean 'keep'? known keys: aggregate, allow, assemble, beam, "
            "compare, comparisons, export, gold, keep, label, models, name, overlap, prompts, queues, release, rubrics, "
            "sample, shortcuts, steps, warehouse",
        ),
        (
            ("judge: pairwise", "judge: pairwse"),
            "run.yaml: label[0].judge: no judge named 'pairwse' (did you mean 'pairwise'?); "
            f"known judges: {', '.join(sorted(JUDGES))}",
        ),
        (("n: 2", "n: two"), "run.yaml: sample[0].n is 'two', wanted a whole number"),
        (("n: 2", "n: 0"), "run.yaml: sample[0].n is 0, wanted greater than or equal to 1"),
        (
            ("model: tiny, n", "model: smollm, n"),
            "run.yaml: sample[0].model: no model named 'smollm' (did you mean 'smollm2'?); known models: smollm2",
        ),
        (
            ("margin: 0.1", "margn: 0.1"),
            "run.yaml: keep[1]: no filter named 'margn' (did you mean 'margin'?); "
            "known filters: agreement, empty_response, human_to_model, identical_responses, inter_judge, margin, "
            "near_duplicate, order_consistent, posterior, rating_to_preference, self_consistent, transitive, uncertainty",
        ),
        (
            ("margin: 0.1", "margin: accuracy 0.9"),
            "run.yaml: keep[1]: the target of margin is set on gold; give 'gold', or a number",
        ),
        (
            ("{margin: 0.1}", "{margin: accuracy 0.9}, {agreement: accuracy 0.8}"),
            "run.yaml: keep[1] and keep[2] both have a target; give one of them, and a number to the others",
        ),
        (
            ("model: tiny},", "model: tiny, exemplars: 2},"),
            "run.yaml: label[0].exemplars: exemplars are taken from gold, and there is none; give 'gold'",
        ),
        (
            ("keep:", "aggregate: {combine: [{of: a, weights: learned}]}\nkeep:"),
            "run.yaml: aggregate.combine[0].weights: they are learned from gold, and there is none; give 'gold', or weights",
        ),
        (("prompts: {path: prompts.jsonl}", ""), "run.yaml: give 'prompts', 'comparisons' or both"),
        (("name: toy", "name: a b"), "run.yaml: name is 'a b', wanted letters, digits, '_', '.' and '-', with a letter or digit first"),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_a_wrong_setting_is_named_with_file_key_value_and_way_out(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    assert fails(tmp_path, GOOD.replace(*change)).startswith(message)


def test_a_file_that_is_no_yaml_says_where(tmp_path: Path) -> None:
    text = fails(tmp_path, "name: [toy\nsample: {")
    assert text == (
        "run.yaml is not YAML: line 2, column 7: expected ',' or ']', but got ':'; correct it there"
    )


def test_a_file_without_keys_says_what_is_wanted(tmp_path: Path) -> None:
    assert fails(tmp_path, "- a\n") == (
        "run.yaml holds a list, wanted keys such as 'name', 'prompts' and 'label'"
    )


def test_a_missing_file_names_one_to_start_from(tmp_path: Path) -> None:
    with pytest.raises(CurationError, match=r"no settings file .*none.yaml; examples/quickstart"):
        load_settings(tmp_path / "none.yaml")


def test_the_environment_wins_over_the_file_and_the_option_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINNOW_WAREHOUSE__PATH", "/elsewhere")
    monkeypatch.setenv("WINNOW_RELEASE", "other")
    settings = load(tmp_path, GOOD + "warehouse: {path: /here, busy_timeout_s: 3}\n")
    assert settings.warehouse.path == Path("/elsewhere")
    assert settings.warehouse.busy_timeout_s == 3
    assert settings.release == "other"
    assert load_warehouse(Path("/option")).path == Path("/option")


def test_a_wrong_variable_of_the_environment_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WINNOW_WAREHOUSE__BUSY_TIMEOUT_S", "soon")
    with pytest.raises(
        CurationError,
        match=r"environment variable WINNOW_WAREHOUSE__BUSY_TIMEOUT_S: warehouse.busy_timeout_s is 'soon', wanted a number",
    ):
        load_warehouse()


def test_where_and_how_a_run_works_does_not_change_what_it_is(tmp_path: Path) -> None:
    here = load(tmp_path, GOOD)
    there = load(tmp_path, GOOD + "warehouse: {path: /x}\nexport: [{format: trl}]\n")
    other = load(tmp_path, GOOD.replace("0.1", "0.2"))
    assert here.effective() == there.effective() != other.effective()


@pytest.mark.parametrize(
    ("more", "strategy"),
    [
        ("", "given"),
        ("prompts: {path: prompts.jsonl}\n", "all_pairs"),
        ("sample: [{model: tiny, n: 2}]\n", "all_pairs"),
        ("compare: {strategy: all_pairs}\n", "all_pairs"),
    ],
    ids=["comparisons alone", "with prompts", "with samples", "said otherwise"],
)
def test_comparisons_alone_are_compared_as_given(tmp_path: Path, more: str, strategy: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(f"name: toy\ncomparisons: {{path: pairs.jsonl}}\n{more}")
    assert load_settings(path).compare.strategy == strategy
