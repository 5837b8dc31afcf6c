"""Battles: two models and a winner, and no texts."""

from pathlib import Path

import pyarrow.csv
import pytest
from typer.testing import CliRunner

from winnow.flows.commands.cli import app
from winnow.pipelines.plain_tables import label_table_files

HEAD = "item_id,annotator,verdict,model_a,model_b"
BATTLES = [
    f"{item},{who},{verdict},{models}"
    for item, verdict, models in (
        ("1", "left", "large,small"),
        ("2", "right", "small,large"),
        ("3", "left", "large,middle"),
        ("4", "left", "middle,small"),
        ("5", "same", "large,middle"),
        ("6", "left", "large,small"),
    )
    for who in ("ann", "bob")
]
WORDS = {"left": "a", "right": "b", "same": "tie"}


def write(path: Path, *lines: str, head: str = HEAD) -> Path:
    path.write_text("\n".join([head, *lines]) + "\n")
    return path


def test_battles_without_texts_are_labelled_and_rank_their_models(tmp_path: Path) -> None:
    done = label_table_files(
        write(tmp_path / "b.csv", *BATTLES),
        None,
        tmp_path / "labels.csv",
        verdicts=WORDS,  # type: ignore[arg-type]
    )
    assert done.standings == tmp_path / "labels.standings.csv"
    found = pyarrow.csv.read_csv(done.standings).to_pylist()
    assert [row["model"] for row in found] == ["large", "middle", "small"]
    assert [(r["n_won"], r["n_tied"], r["n_lost"]) for r in found] == [
        (8, 2, 0),
        (2, 2, 2),
        (0, 0, 8),
    ]
    assert [r["n_comparisons"] for r in found] == [5, 3, 4]
    assert found[0]["strength"] > found[1]["strength"] > found[2]["strength"]
    assert pyarrow.csv.read_csv(done.labels).num_rows == 6


def test_items_whose_models_are_not_told_are_labelled_and_rank_nobody(tmp_path: Path) -> None:
    odd = [
        "7,ann,left,,small",
        "8,ann,left,small,small",
        "9,ann,left,large,small",
        "9,bob,left,small,large",
    ]
    done = label_table_files(
        write(tmp_path / "b.csv", *BATTLES, *odd),
        None,
        tmp_path / "labels.csv",
        verdicts=WORDS,  # type: ignore[arg-type]
    )
    assert done.models is not None
    assert sum(done.models["n_comparisons"].to_pylist()) == 12
    assert (
        "3 items rank no models: they name none, one twice, or others from row to row" in done.notes
    )
    assert done.n_items == 9


def test_models_are_ranked_by_prompts_where_items_share_them(tmp_path: Path) -> None:
    lines = [f"{line},q{i % 2}" for i, line in enumerate(BATTLES[::2])]
    path = write(tmp_path / "b.csv", *lines, head=f"{HEAD},prompt_id")
    done = label_table_files(path, None, tmp_path / "labels.csv", verdicts=WORDS)  # type: ignore[arg-type]
    assert done.models is not None
    assert max(done.models["n_prompts"].to_pylist()) == 2


@pytest.mark.parametrize("head", ["item_id,annotator,verdict", "item_id,annotator,verdict,model_a"])
def test_a_table_that_names_no_two_models_ranks_none(tmp_path: Path, head: str) -> None:
    line = ",".join(["q", "ann", "a", "large"][: head.count(",") + 1])
    done = label_table_files(write(tmp_path / "v.csv", line, head=head), None, tmp_path / "l.csv")
    assert (done.standings, done.models) == (None, None)
    assert not (tmp_path / "l.standings.csv").exists()


def test_the_command_shows_how_the_models_stand(tmp_path: Path) -> None:
    path = write(tmp_path / "b.csv", *BATTLES)
    words = [
        part for word, verdict in WORDS.items() for part in ("--verdicts", f"{word}={verdict}")
    ]
    done = CliRunner().invoke(
        app, ["aggregate", str(path), *words, "--out", str(tmp_path / "l.csv")]
    )
    assert done.exit_code == 0, done.output
    said = done.output.splitlines()
    assert said[0] == "12 judgments of 2 annotators on 6 items"
    assert [line.split()[0] for line in said if "/" in line and "tmp" not in line] == ["model", "large", "middle", "small"]  # fmt: skip
    assert said[-1].endswith(f"models in {tmp_path / 'l.standings.csv'}")
