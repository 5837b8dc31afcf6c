import json
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from tests.annotation.aggregation.simulated import gold, judgments, simulate
from winnow.annotation.aggregation import aggregate
from winnow.annotation.aggregation.target import Target
from winnow.pipelines.plain_tables import LabelSummary, label_table_files
from winnow.pipelines.reading.rows import read_rows
from winnow.pipelines.reading.settings import Source
from winnow.schemas.errors import InvalidSettings, MalformedInput, UnknownName


class AnyTable(Source):
    """A file of labels, to read back."""

    known_columns = ("item_id", "p_a")


DRAWN = simulate([0.9, 0.8, 0.7], n_items=40)


def test_labels_and_annotators_are_written_side_by_side(tmp_path: Path) -> None:
    pq.write_table(DRAWN.judgments, tmp_path / "judgments.parquet")
    summary = label_table_files(
        tmp_path / "judgments.parquet", None, tmp_path / "out" / "labels.parquet"
    )
    assert pq.read_table(summary.labels).equals(aggregate(DRAWN.judgments).labels)
    assert summary.annotators == tmp_path / "out" / "labels.annotators.parquet"
    assert pq.read_table(summary.annotators).num_rows == 3
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "labels.annotators.parquet",
        "labels.parquet",
    ]


def test_summary_says_how_often_labels_agree_with_gold(tmp_path: Path) -> None:
    pq.write_table(DRAWN.judgments, tmp_path / "judgments.parquet")
    pq.write_table(DRAWN.gold(20), tmp_path / "gold.parquet")
    summary = label_table_files(
        tmp_path / "judgments.parquet", tmp_path / "gold.parquet", tmp_path / "labels.parquet"
    )
    assert (summary.n_judgments, summary.n_items) == (120, 40)
    assert summary.agreement is not None
    assert (summary.agreement.n_gold, summary.agreement.n_readable) == (20, 20)
    assert 14 <= summary.agreement.n_right < 20


def test_csv_gives_the_same_labels_as_parquet(tmp_path: Path) -> None:
    pyarrow.csv.write_csv(DRAWN.judgments, tmp_path / "judgments.csv")
    pyarrow.csv.write_csv(DRAWN.gold(10), tmp_path / "gold.csv")
    label_table_files(tmp_path / "judgments.csv", tmp_path / "gold.csv", tmp_path / "labels.csv")
    found = pyarrow.csv.read_csv(tmp_path / "labels.csv")["p_a"].to_pylist()
    expected = aggregate(DRAWN.judgments, DRAWN.gold(10)).labels["p_a"].to_pylist()
    assert found == pytest.approx(expected, abs=1e-9)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MalformedInput, match=r"none\.parquet is no file; wanted a table"):
        label_table_files(tmp_path / "none.parquet", None, tmp_path / "labels.parquet")


def test_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "judgments.parquet").write_text("verdicts")
    with pytest.raises(MalformedInput, match=r"judgments\.parquet cannot be read as Parquet"):
        label_table_files(tmp_path / "judgments.parquet", None, tmp_path / "labels.parquet")


def test_missing_column_in_a_file_is_named(tmp_path: Path) -> None:
    pq.write_table(DRAWN.judgments.drop_columns(["annotator"]), tmp_path / "judgments.parquet")
    with pytest.raises(
        MalformedInput, match=r"judgments\.parquet has no column annotator; wanted .*; rename"
    ):
        label_table_files(tmp_path / "judgments.parquet", None, tmp_path / "labels.parquet")


def test_failed_aggregation_leaves_earlier_labels_as_they_were(tmp_path: Path) -> None:
    pq.write_table(DRAWN.judgments, tmp_path / "judgments.parquet")
    pq.write_table(pa.table({"kept": [1]}), tmp_path / "labels.parquet")
    with pytest.raises(UnknownName, match="no method named 'best'"):
        label_table_files(
            tmp_path / "judgments.parquet", None, tmp_path / "labels.parquet", method="best"
        )
    assert pq.read_table(tmp_path / "labels.parquet").column_names == ["kept"]


def test_a_target_marks_the_rows_that_fulfil_it_and_needs_gold(tmp_path: Path) -> None:
    rows = [(str(i), who, None, "a") for i in range(60) for who in ("x", "y")]
    pq.write_table(judgments(*rows), tmp_path / "judgments.parquet")
    pq.write_table(gold(**{str(i): "a" for i in range(30)}), tmp_path / "gold.parquet")
    out, target = tmp_path / "labels.parquet", Target(accuracy=0.9)
    done = label_table_files(
        tmp_path / "judgments.parquet", tmp_path / "gold.parquet", out, target=target
    )
    assert done.kept is not None
    assert done.kept.threshold is not None
    assert pq.read_table(out)["is_kept"].to_pylist() == [True] * 60
    with pytest.raises(InvalidSettings, match=r"needs gold to be set on; give --gold"):
        label_table_files(tmp_path / "judgments.parquet", None, out, target=target)


def votes(path: Path, text: str) -> Path:
    path.write_text(text, newline="")
    return path


def labels_of(path: Path, *, gold: Path | None = None) -> LabelSummary:
    return label_table_files(path, gold, path.with_name("labels.parquet"))


def test_a_row_that_cannot_be_used_is_named_by_its_line(tmp_path: Path) -> None:
    text = "item_id,annotator,verdict\r\nq1,u1,tie\r\n\r\nq1,u2,tie (bothbad)\r\n"
    with pytest.raises(
        MalformedInput, match=r"votes\.csv:4: verdict is 'tie \(bothbad\)', wanted a"
    ):
        labels_of(votes(tmp_path / "votes.csv", text))
    gold = votes(tmp_path / "gold.csv", "item_id,verdict\nq1,invalid\n")
    good = votes(tmp_path / "good.csv", "item_id,annotator,verdict\nq1,u1,a\n")
    with pytest.raises(
        MalformedInput, match=r"gold\.csv:2: verdict is 'invalid', wanted a, b, tie"
    ):
        labels_of(good, gold=gold)


@pytest.mark.parametrize(
    ("cell", "said"), [("1.5", "'1.5'"), ("sure", "'sure'")], ids=["out of range", "no number"]
)
def test_a_certainty_that_is_none_is_named_by_its_line(
    tmp_path: Path, cell: str, said: str
) -> None:
    text = f"item_id,annotator,verdict,probability\nq1,u1,a,\nq2,u1,b,{cell}\n"
    message = rf"votes\.csv:3: probability is {said}, wanted a number from 0 to 1, or nothing"
    with pytest.raises(MalformedInput, match=message):
        labels_of(votes(tmp_path / "votes.csv", text))


def test_gold_that_contradicts_itself_is_named_by_its_lines(tmp_path: Path) -> None:
    good = votes(tmp_path / "good.csv", "item_id,annotator,verdict\nq1,u1,a\n")
    known = votes(tmp_path / "gold.csv", "item_id,verdict\nq2,a\nq1,tie\nq2,a\nq1,a\n")
    said = r"item_id 'q1' is both 'tie' \(gold\.csv:3\) and 'a' \(gold\.csv:5\); keep one"
    with pytest.raises(MalformedInput, match=said):
        labels_of(good, gold=known)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("item_id,annotator,verdict\nq1,u1\n", "v.csv:2: the row has 2 fields, the header 3"),
        ("item_id,annotator,verdict\n,u1,a\n", "v.csv:2: item_id is missing, wanted text; 1 such"),
        ("item_id,who,verdict\nq1,u1,a\n", "v.csv has no column annotator; wanted item_id, .* found item_id, who"),
        ("", "v.csv is empty, wanted the columns item_id, annotator, verdict"),
        ("\0,verdict\n", r"v.csv has no column item_id, annotator; .* found '.x00', verdict; rename"),
        ("item_id,annotator,verdict\nq\0,u1,a\n", r"v.csv:2: 'item_id' holds U\+0000 at character 1; remove it"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used_says_why(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(MalformedInput, match=message):
        labels_of(votes(tmp_path / "v.csv", text))


@pytest.mark.parametrize(
    ("item_id", "message"),
    [
        ([["q"]], r"v\.parquet: column item_id is of type list<.*>, wanted text"),
        ([b"\xff"], r"v\.parquet cannot be read as Parquet: Invalid UTF8"),
        ([None], r"v\.parquet:1: item_id is missing, wanted text"),
    ],
)
def test_a_parquet_column_that_holds_no_text_is_named(
    tmp_path: Path, item_id: list[object], message: str
) -> None:
    table = pa.table({"item_id": item_id, "annotator": ["u"], "verdict": ["a"]})
    pq.write_table(table, tmp_path / "v.parquet")
    with pytest.raises(MalformedInput, match=message):
        labels_of(tmp_path / "v.parquet")


def test_tables_are_read_as_widely_as_inputs(tmp_path: Path) -> None:
    rows = [{"item_id": 1, "annotator": " René ", "verdict": "a", "order": float("nan")}]
    votes(tmp_path / "a.jsonl", json.dumps(rows[0]))
    votes(tmp_path / "b.json", json.dumps({"data": rows}, indent=1))
    votes(tmp_path / "c.csv", "sep=;\r\nitem_id; annotator;verdict;order\r\n1.0; René;a;\r\n")
    frame = {"item_id": [1.0, 1.0], "annotator": ["René ", "René"], "verdict": ["a", "a"]}
    pq.write_table(pa.table(frame | {"order": [float("nan")] * 2}), tmp_path / "d.parquet")
    (tmp_path / "e.csv").write_bytes("item_id\tannotator\tverdict\n1\tRené\ta\n".encode("utf-16"))
    for path in sorted(tmp_path.iterdir()):
        done = label_table_files(path, None, tmp_path / "out" / "labels.parquet")
        assert pq.read_table(done.labels)["item_id"].to_pylist() == ["1"], path
        assert pq.read_table(done.annotators)["annotator"].to_pylist() == ["René"], path


def test_another_encoding_can_be_said(tmp_path: Path) -> None:
    path, out = tmp_path / "v.csv", tmp_path / "labels.csv"
    path.write_bytes("item_id,annotator,verdict\n1,René,a\n".encode("cp1252"))
    with pytest.raises(
        MalformedInput, match=r"v\.csv:2: byte 0xe9 in column 'annotator' is not UTF-8"
    ):
        label_table_files(path, None, out)
    done = label_table_files(path, None, out, encoding="cp1252")
    assert pyarrow.csv.read_csv(done.annotators)["annotator"].to_pylist() == ["René"]


def test_votes_count_as_often_as_they_were_cast_but_an_event_once(tmp_path: Path) -> None:
    head = "item_id,annotator,verdict,id,created_at\n"
    rows = "q,ann,a,,\n" * 9 + "q,ann,b,,\n"
    cast = labels_of(votes(tmp_path / "cast.csv", head + rows))
    assert pq.read_table(cast.labels)["n_judgments"].to_pylist() == [10]
    stamped = "q,ann,a,7,\nq,ann,a,7,\nq,bob,a,,noon\nq,bob,a,,noon\nq,bob,a,,one\nq,cem,a,7,\n"
    once = labels_of(votes(tmp_path / "once.csv", head + stamped))
    assert once.n_judgments == 4
    assert once.notes[0] == (
        "2 rows say again what an earlier one said under the same id or at the same time and count as one "
        "judgment with it, the first at once.csv:3"
    )


def test_names_that_differ_by_case_alone_are_said(tmp_path: Path) -> None:
    text = "item_id,annotator,verdict\nq,Ann,a\nq, ann,a\nq,bob,a\n"
    done = labels_of(votes(tmp_path / "v.csv", text))
    assert "annotators that differ by space or case alone count as 2: 'Ann', 'ann'" in done.notes


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl", ".JSONL"])
def test_an_output_has_the_format_that_its_name_says(tmp_path: Path, ending: str) -> None:
    path = votes(tmp_path / "v.csv", "item_id,annotator,verdict\nq,ann,a\n")
    done = label_table_files(path, None, tmp_path / f"labels{ending}")
    begins = {".parquet": "PAR1", ".csv": "{column},", ".jsonl": '{{"{column}":'}[ending.lower()]
    for written, column in ((done.labels, "item_id"), (done.annotators, "annotator")):
        assert written.read_bytes().startswith(begins.format(column=column).encode())
    assert len(list(tmp_path.iterdir())) == 3


def test_an_output_that_is_an_input_is_refused_and_stays(tmp_path: Path) -> None:
    head = "item_id,annotator,verdict\nq,ann,a\n"
    said = votes(tmp_path / "v.csv", head)
    other = votes(tmp_path / "labels.annotators.csv", head)
    (tmp_path / "link.csv").symlink_to(said)
    for path, known, out in (
        (said, None, "v.csv"),
        (said, None, "link.csv"),
        (other, said, "v.csv"),
    ):
        with pytest.raises(InvalidSettings, match="which is read; choose another place"):
            label_table_files(path, known, tmp_path / out)
    with pytest.raises(InvalidSettings, match=r"annotators .* is judgments"):
        label_table_files(other, None, tmp_path / "labels.csv")
    assert said.read_text() == other.read_text() == head


LONG = "item_id,annotator,verdict\nq1,u,a\nq1,v,a\nq2,u,b\nq2,v,b\n"
PAIRS = "item_id,prompt,response_a,response_b,verdict\nq1,p,x,y,a\nq2,p,x,z,\n"


def test_a_folder_is_read_as_evaluate_reads_it(tmp_path: Path) -> None:
    votes(tmp_path / "judgments.csv", LONG)
    votes(tmp_path / "gold.tsv", "item_id\tverdict\nq1\ta\nq2\tb\n")
    done = label_table_files(tmp_path, None, tmp_path / "labels.csv")
    assert done.n_items == 2
    assert done.agreement is not None and done.agreement.n_gold == 2


def test_gold_among_the_pairs_of_a_folder_counts_where_it_is_there(tmp_path: Path) -> None:
    votes(tmp_path / "judgments.csv", LONG)
    votes(tmp_path / "pairs.csv", PAIRS)
    done = label_table_files(tmp_path, None, tmp_path / "labels.csv")
    assert done.agreement is not None and done.agreement.n_gold == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("pairs.csv", PAIRS, r"pairs\.csv holds comparisons \(pairs\) and no verdicts of annotators; wanted a table"),
        ("rb.csv", "prompt,chosen,rejected\np,x,y\n", r"rb\.csv holds comparisons \(rewardbench\) and no verdicts"),
    ],
)  # fmt: skip
def test_a_file_without_verdicts_is_called_what_it_is(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    with pytest.raises(InvalidSettings, match=message):
        label_table_files(votes(tmp_path / name, text), None, tmp_path / "labels.csv")


def test_a_folder_without_judgments_is_refused(tmp_path: Path) -> None:
    votes(tmp_path / "pairs.csv", PAIRS)
    with pytest.raises(InvalidSettings, match=r"holds pairs\.csv and no judgments\.parquet"):
        label_table_files(tmp_path, None, tmp_path / "labels.csv")


def test_no_file_of_a_folder_that_is_read_is_written_over(tmp_path: Path) -> None:
    votes(tmp_path / "judgments.csv", LONG)
    votes(tmp_path / "pairs.csv", PAIRS)
    with pytest.raises(InvalidSettings, match=r"--out .*pairs\.csv is .*, which is read"):
        label_table_files(tmp_path, None, tmp_path / "pairs.csv")


def test_the_files_own_words_are_mapped(tmp_path: Path) -> None:
    said = votes(
        tmp_path / "v.csv",
        "item_id,annotator,verdict\nq1,u,left\nq1,v,left\nq2,u,1.0\nq2,v,1\nq3,u,tie\nq3,v,both bad\n",
    )
    words = {"left": "a", "1": "b", "both bad": "tie", "neither": "tie"}
    done = label_table_files(said, None, tmp_path / "labels.csv", verdicts=words)
    rows = pyarrow.csv.read_csv(done.labels).to_pylist()
    assert [row["p_a"] > 0.5 for row in rows] == [True, False, False]
    assert [row["p_b"] > 0.5 for row in rows] == [False, True, False]
    assert "no row says 'neither', which --verdicts maps" in done.notes


def test_a_word_that_nothing_maps_is_named_with_the_way_out(tmp_path: Path) -> None:
    said = votes(tmp_path / "v.csv", "item_id,annotator,verdict\nq1,u,left\nq1,v,right\n")
    with pytest.raises(
        MalformedInput, match=r"v\.csv:3: verdict is 'right', .* with --verdicts left=a"
    ):
        label_table_files(said, None, tmp_path / "labels.csv", verdicts={"left": "a"})


def test_who_is_left_out_counts_for_nothing_and_the_figures_say_so(tmp_path: Path) -> None:
    both = votes(tmp_path / "both.csv", LONG + "q1,bot,b\nq3,bot,b\n")
    alone = votes(tmp_path / "alone.csv", LONG)
    done = label_table_files(both, None, tmp_path / "x.csv", leave_out=[" bot"])
    assert done.left_out is not None
    assert done.left_out == (("bot",), 2, 1)
    assert (done.n_judgments, done.n_annotators, done.n_items) == (4, 2, 2)
    label_table_files(alone, None, tmp_path / "y.csv")
    assert (tmp_path / "x.csv").read_text() == (tmp_path / "y.csv").read_text()


def test_leaving_out_nobody_or_everybody_is_refused(tmp_path: Path) -> None:
    said = votes(tmp_path / "v.csv", LONG)
    with pytest.raises(
        UnknownName,
        match=r"no annotator named 'bott'; known annotators: u, v",
    ):
        label_table_files(said, None, tmp_path / "x.csv", leave_out=["bott"])
    with pytest.raises(InvalidSettings, match=r"--leave-out u, v leaves no judgment"):
        label_table_files(said, None, tmp_path / "x.csv", leave_out=["u", "v"])


@pytest.mark.parametrize(
    "ending",
    [".csv", ".tsv", ".jsonl", ".json", ".parquet", ".csv.gz", ".tsv.zst", ".jsonl.gz", ".json.zst"],
)  # fmt: skip
def test_labels_are_written_in_the_format_of_the_name_and_read_back(
    tmp_path: Path, ending: str
) -> None:
    out = tmp_path / f"my.labels{ending}"
    done = label_table_files(votes(tmp_path / "v.csv", LONG), None, out)
    assert done.annotators == tmp_path / f"my.labels.annotators{ending}"
    back = [dict(row.data) for row in read_rows(AnyTable(path=out), out.name)]
    assert [row["item_id"] for row in back] == ["q1", "q2"]
    assert [float(row["p_a"]) > 0.5 for row in back] == [True, False]


@pytest.mark.parametrize("name", ["labels.xlsx", "labels.parquet.gz", "labels"])
def test_a_name_that_says_no_format_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownName, match=r"no file ending named .*; known file endings: .*\.tsv"):
        label_table_files(votes(tmp_path / "v.csv", LONG), None, tmp_path / name)
