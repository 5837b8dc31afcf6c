import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from tests import orchard
from winnow.flows.commands.cli import app
from winnow.flows.settings.evaluation import load_evaluation
from winnow.schemas.errors import CurationError, InvalidSettings

REPOSITORY = Path(__file__).parents[3]


def winnow(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["evaluate", *arguments], env={"COLUMNS": "160"})


def text_of(result: Result) -> str:
    return " ".join(f"{result.output} {result.exception}".split())


def refusal(*arguments: str) -> str:
    result = winnow(*arguments)
    assert isinstance(result.exception, CurationError), result.output
    return str(result.exception)


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A folder in the long form: a judge that is right in 7 of 8, another in 4, and a person."""
    folder = tmp_path / "set"
    folder.mkdir()
    gold = [{"item_id": str(k), "verdict": "ab"[k % 2]} for k in range(8)]
    said = []
    for k, row in enumerate(gold):
        wrong = "ba"[k % 2]
        good = wrong if k == 0 else row["verdict"]
        said += [
            {"item_id": str(k), "annotator": "good", "kind": "llm", "order": o, "verdict": good}
            for o in ("ab", "ba")
        ]
        said += [
            {"item_id": str(k), "annotator": "first", "kind": "llm", "order": o, "verdict": o[0]}
            for o in ("ab", "ba")
        ]
        said.append(
            {
                "item_id": str(k),
                "annotator": "ann",
                "kind": "human",
                "order": None,
                "verdict": row["verdict"],
            }
        )
    pairs = [
        {
            "item_id": str(k),
            "prompt": f"Q{k}",
            "response_a": "x" * (k + 1),
            "response_b": "yyyy",
            "subset": "st"[k // 4],
        }
        for k in range(8)
    ]
    for name, rows in (("pairs", pairs), ("gold", gold), ("judgments", said)):
        lines(folder / f"{name}.jsonl", rows)
    return folder  # fmt: skip


def test_recorded_judges_stand_side_by_side(recorded: Path) -> None:
    result = winnow(str(recorded))
    assert result.exit_code == 0, result.output
    rows = reversed(result.output.splitlines())  # the first of two tables counts
    shown = {row.split("  ")[0]: row for row in rows}
    assert "87.5%" in shown["good"]
    assert "50.0%" in shown["first"]
    assert "all judges aggregated" in shown
    assert "ann" not in shown
    assert "first: 0.0% hold" in text_of(result)


def test_people_are_scored_where_that_is_asked_for(recorded: Path) -> None:
    result = winnow(str(recorded), "--people")
    assert any(row.startswith("ann ") and "100.0%" in row for row in result.output.splitlines())


def test_page_and_figures_are_written(recorded: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = [f"--out={out / name}" for name in ("e.html", "e.json", "e.parquet", "e.csv")]
    result = winnow(str(recorded), *options)
    assert result.exit_code == 0, text_of(result)
    assert "<svg" in (out / "e.html").read_text()
    whole = json.loads((out / "e.json").read_text())
    assert whole["best"] == "good"
    assert whole["facts"]["left out"].startswith("8 judgments of people")
    assert pq.read_table(out / "e.parquet").to_pylist() == whole["figures"]
    assert (out / "e.csv").read_text().startswith("annotator,kind,figure,slice_by,slice,value")


def test_what_was_left_out_is_said_with_its_reason(recorded: Path) -> None:
    path = recorded / "judgments.jsonl"
    odd = {"item_id": "nobody", "annotator": "good", "kind": "llm", "verdict": "a"}
    path.write_text(path.read_text() + "\n" + json.dumps(odd))
    assert "left out: unknown_item 1; first judgments.jsonl:41" in text_of(winnow(str(recorded)))


def test_the_gold_of_a_release_is_enough(tmp_path: Path) -> None:
    with orchard.publish_orchard(tmp_path / "warehouse"):
        pass
    result = winnow("preferences@1", "--warehouse", str(tmp_path / "warehouse"))
    assert result.exit_code == 0, text_of(result)
    assert "pairwise@1:tiny (stand-in model)" in text_of(result)


def test_the_reasons_of_a_judge_are_held_against_those_of_people(tmp_path: Path) -> None:
    with orchard.publish_orchard(tmp_path / "warehouse"):
        pass
    gold = {one.comparison_id: one.verdict for one in orchard.gold() if one.verdict != "tie"}
    right = [j for j in orchard.judgments() if gold.get(j.subject_id) == j.verdict]
    told = {j.subject_id for j in right if j.kind == "human"}
    orders = [j.order for j in right if j.annotator_id == orchard.GOOD and j.subject_id in told]
    n_same = orders.count("ab")
    assert 0 < n_same < len(orders)

    def named(argument: str) -> dict[str, Any]:
        return {"arguments": [{"quote": "reads better", "argument": argument}]}

    # Who saw the first response first, as the person did, is recorded to name what the person names.
    replies = [
        {"contains": ["speaks of is B", "reads better"], "reply": named("its style")},
        {"contains": ["reads better"], "reply": named("its source")},
        {"contains": ["its source", "its source"], "reply": {"same": [{"critique": 1, "person": 1}]}},
        {"contains": ["its style", "its source"], "reply": {"same": []}},
    ]  # fmt: skip
    file, config, out = (tmp_path / name for name in ("r.jsonl", "models.yaml", "e.json"))
    file.write_text("\n".join(map(json.dumps, replies)))
    config.write_text(json.dumps({"models": {"reader": {"engine": "recorded", "path": str(file)}}}))
    place = ("--warehouse", str(tmp_path / "warehouse"), "--config", str(config))
    result = winnow("preferences@1", *place, "--critiques", "reader", "--out", str(out))
    assert result.exit_code == 0, text_of(result)
    share = n_same / len(orders)
    assert (
        f"{orchard.GOOD}: in {len(orders)} right verdicts with reasons its critiques name {share:.1%} of what people name"
        in text_of(result)
    )
    figures = {
        row["figure"]: row
        for row in json.loads(out.read_text())["figures"]
        if row["annotator"] == orchard.GOOD
    }
    assert figures["critique_f1"]["value"] == pytest.approx(share)
    assert figures["other_reasons"]["value"] == pytest.approx(1 - share)
    assert figures["other_reasons"]["low"] < 1 - share < figures["other_reasons"]["high"]
    assert figures["other_reasons"]["n"] == len(orders)


def test_reasons_are_those_of_a_release(recorded: Path) -> None:
    assert "holds no reasons; name a release" in refusal(str(recorded), "--critiques", "smollm2")


def test_the_settings_of_a_run_name_the_judges() -> None:
    settings = load_evaluation(REPOSITORY / "examples" / "quickstart" / "quickstart.yaml")
    assert settings.model_names() == ["smollm2"]
    assert len(settings.label) > 1


def test_each_judge_named_asks_each_model_named() -> None:
    settings = load_evaluation(None, ["pairwise", "rating"], ["tiny"])
    assert [entry.annotator_id for entry in settings.label] == ["pairwise@1:tiny", "rating@1:tiny"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--judge", "pairwise"], "--judge needs --model beside it"),
        (["--model", "tiny"], "--model needs --judge beside it"),
        (["--judge", "pairwse", "--model", "tiny"], "no judge named 'pairwse' (did you mean 'pairwise'?)"),
        (["--judge", "pairwise", "--model", "gpt"], "label[0].model: no model named 'gpt'"),
        (["--out", "report.pdf"], "no file ending named '.pdf'"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_refused_before_anything_is_read(options: list[str], text: str) -> None:
    assert text in refusal("nothing.parquet", *options)


def test_an_unknown_key_of_the_settings_is_named(tmp_path: Path) -> None:
    path = tmp_path / "judges.yaml"
    path.write_text("lable: []\nmodels: {}\n")
    with pytest.raises(InvalidSettings, match=r"unknown key 'lable'; did you mean 'label'\?"):
        load_evaluation(path)


def test_a_missing_file_is_told_apart_from_a_release() -> None:
    assert "no file or folder bench.parquet; name labelled comparisons" in refusal("bench.parquet")


def test_without_any_judge_the_way_out_is_told(recorded: Path) -> None:
    (recorded / "judgments.jsonl").unlink()
    assert "holds no judgment of a judge; run judges with --judge" in refusal(str(recorded))


def test_a_release_brings_its_own_judgments(tmp_path: Path) -> None:
    assert "leave --judgments and --gold out" in refusal("preferences@1", "--gold", "gold.parquet")
