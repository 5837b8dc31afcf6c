import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from winnow.flows.commands.cli import app
from winnow.schemas.errors import CurationError


def winnow(folder: Path, *arguments: str) -> Result:
    of = ["--warehouse", str(folder / "winnow")]
    return CliRunner().invoke(app, ["probe", *arguments, *of], env={"COLUMNS": "160"})


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    rows = [
        {
            "item_id": str(k),
            "prompt": f"What is {k}?",
            "response_a": f"Side one of {k}.",
            "response_b": f"Side two of {k}.",
        }
        for k in range(10)
    ]
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "judges.yaml").write_text("label: [{verifier: form, max_chars: 100}]")
    return path


def test_effects_stand_in_the_terminal_on_the_page_and_in_tables(
    pairs: Path, tmp_path: Path
) -> None:
    outs = [tmp_path / f"probes{ending}" for ending in (".html", ".json", ".parquet")]
    where = [part for out in outs for part in ("--out", str(out))]
    config = ["--config", str(tmp_path / "judges.yaml")]
    result = winnow(tmp_path, str(pairs), *config, *where)
    assert result.exit_code == 0, (result.output, result.exception)
    said = " ".join(result.output.split())
    assert "turns away from the response that was padded with empty sentences: -50.0 points" in said
    assert "Not measured" in said and "position@1" in said
    page = outs[0].read_text()
    assert "<svg" in page and "https://" not in page and "<script" not in page
    whole = json.loads(outs[1].read_text())
    assert whole["facts"]["comparisons"] == "10"
    rows = {row["probe"]: row for row in whole["effects"]}
    assert rows["length@1"]["effect"] == -0.5 and rows["length@1"]["n_down"] == 10
    assert rows["position@1"]["effect"] is None
    assert pq.read_table(outs[2]).to_pylist() == whole["effects"]


def test_probes_are_chosen_by_name_and_comparisons_by_number(pairs: Path, tmp_path: Path) -> None:
    config = ["--config", str(tmp_path / "judges.yaml")]
    result = winnow(tmp_path, str(pairs), *config, "--probe", "length", "--most", "4")
    assert "length@1" in result.output and "authority" not in result.output
    wrong = winnow(tmp_path, str(pairs), *config, "--probe", "lenght")
    assert isinstance(wrong.exception, CurationError)
    assert "no probe named 'lenght'" in str(wrong.exception) and "length" in str(wrong.exception)


def test_nobody_to_probe_is_said(pairs: Path, tmp_path: Path) -> None:
    result = winnow(tmp_path, str(pairs))
    assert isinstance(result.exception, CurationError)
    assert "nobody is named that could be probed" in str(result.exception)


def test_exemplars_without_gold_are_refused_before_anything_is_asked(
    pairs: Path, tmp_path: Path
) -> None:
    config = tmp_path / "shown.yaml"
    config.write_text("label: [{judge: pairwise, model: smollm2, exemplars: 2}]")
    refused = winnow(tmp_path, str(pairs), "--config", str(config)).exception
    assert isinstance(refused, CurationError)
    assert "label[0].exemplars: exemplars are taken from gold, and " in str(refused)
