from pathlib import Path

import pytest
from typer.testing import CliRunner

from winnow.flows.commands.cli import app


def aggregate(folder: Path, said: str, gold: str) -> str:
    (folder / "v.csv").write_text("item_id,annotator,verdict\n" + said)
    (folder / "gold.csv").write_text("item_id,verdict\n" + gold)
    names = [str(folder / name) for name in ("v.csv", "gold.csv", "labels.csv")]
    result = CliRunner().invoke(app, ["aggregate", names[0], "--gold", names[1], "--out", names[2]])
    assert result.exit_code == 0, result.output
    return result.output


READ = "".join(f"q{k},{who},a\n" for k in range(12) for who in ("x", "y"))


@pytest.mark.parametrize(
    ("said", "gold", "wanted"),
    [
        (
            READ,
            "".join(f"q{k},a\n" for k in range(8)),
            "labels agree with 8 of 8 gold items (100.0%), each labelled without its own gold verdict\n",
        ),
        (
            READ + "r,x,invalid\n",
            "".join(f"q{k},a\n" for k in range(8)) + "q8,tie\nq9,tie\nr,b\n",
            "labels agree with 8 of 8 gold items (100.0%), each labelled without its own gold verdict; of 11 judged "
            "gold items, 2 ties and 1 without a readable judgment are not counted\n",
        ),
        (
            "".join(f"q{k},x,invalid\n" for k in range(5)),
            "".join(f"q{k},a\n" for k in range(5)),
            "agreement with gold is unknown: of 5 judged gold items, 5 without a readable judgment are not counted\n",
        ),
        (
            READ,
            "q0,tie\n",
            "agreement with gold is unknown: of 1 judged gold item, 1 tie is not counted\n",
        ),
    ],
)
def test_agreement_with_gold_says_what_it_is_counted_on(
    tmp_path: Path, said: str, gold: str, wanted: str
) -> None:
    assert wanted in aggregate(tmp_path, said, gold)


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["aggregate", "v.csv", "--out", "l.csv", "--encoding", "excel"]
    )
    assert "--encoding: no text encoding is called 'excel'" in str(result.exception)


def test_words_and_annotators_left_out_are_said(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(
        "item_id,annotator,verdict\nq1,u,left\nq1,v,left\nq1,bot,right\nq2,bot,right\n"
    )
    words = ["--verdicts", "left=a", "--verdicts", "right=b", "--leave-out", "bot"]
    done = CliRunner().invoke(
        app, ["aggregate", str(tmp_path / "v.csv"), "--out", str(tmp_path / "l.tsv"), *words]
    )
    assert done.exit_code == 0, done.output
    assert (
        "2 judgments of 2 annotators on 1 item\n"
        "left out: bot (2 judgments); 1 item that nobody else judged has no label\n"
    ) in done.output


def test_a_word_without_a_verdict_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["aggregate", "v.csv", "--out", "l.csv", "--verdicts", "left"])
    assert str(done.exception) == (
        "--verdicts is 'left', wanted WORD=VERDICT with one of a, b, tie, invalid, such as left=a"
    )
