import csv
import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, DatasetDict

from tests.pipelines.reading.conftest import Outcome, Read, write_lines
from winnow.schemas.errors import CurationError, InvalidSettings, MalformedInput

CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
ROWS: list[dict[str, object]] = [
    {"prompt": 'one\ntwo, "three" naïve 日本\u2028', "reference": "r", "responses": ["x", "y"]},
    {"prompt": "second", "reference": None, "responses": ["z"]},
]


def packed(content: bytes) -> bytes:
    return pa.Codec("zstd").compress(content, asbytes=True)


def texts(outcome: Outcome) -> list[tuple[str | None, str | None]]:
    return [(p.messages[0].content, p.reference) for p in outcome.prompts]


def write_csv(path: Path, rows: list[dict[str, object]], delimiter: str = ",") -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {k: json.dumps(v) if isinstance(v, list) else v for k, v in row.items()}
            )


def write(path: Path) -> Path:
    match path.suffixes:
        case [".jsonl"]:
            write_lines(path, tuple(ROWS))
        case [".jsonl", ".gz"]:
            path.write_bytes(gzip.compress("\n".join(map(json.dumps, ROWS)).encode()))
        case [".jsonl", ".zst"]:
            path.write_bytes(packed("\n".join(map(json.dumps, ROWS)).encode()))
        case [".json"]:
            path.write_text(json.dumps(ROWS, indent=1), encoding="utf-8")
        case [".parquet"]:
            pq.write_table(pa.Table.from_pylist(ROWS), path)
        case [".csv"]:
            write_csv(path, ROWS)
        case [".tsv"]:
            write_csv(path, ROWS, "\t")
    return path


@pytest.mark.parametrize(
    "suffix", ["jsonl", "jsonl.gz", "jsonl.zst", "json", "parquet", "csv", "tsv"]
)
def test_every_format_gives_the_same_prompts_and_responses(
    read: Read, tmp_path: Path, suffix: str
) -> None:
    outcome = read(prompts={"path": write(tmp_path / f"rows.{suffix}")})
    assert texts(outcome) == [(ROWS[0]["prompt"], "r"), ("second", None)]
    assert [r.text for r in outcome.responses] == ["x", "y", "z"]


def test_a_byte_order_mark_is_no_part_of_the_first_line(read: Read, tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.csv"):
        path = tmp_path / name
        body = '{"prompt": "hi"}' if name == "a.jsonl" else "prompt\nhi"
        path.write_bytes(b"\xef\xbb\xbf" + body.encode())
        assert texts(read(prompts={"path": path})) == [("hi", None)]


def test_blank_lines_are_skipped_but_counted_in_places(read: Read, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", ("", {"prompt": "hi"}, "  ", "[]", ""))
    outcome = read(prompts={"path": path, "max_malformed": 0.5})
    assert [p.source for p in outcome.prompts] == ["a.jsonl:2"]
    assert [r.record_id for r in outcome.rejects] == ["a.jsonl:4"]
    assert outcome.counts[0].n_in == 2


def test_lines_of_objects_under_the_name_json_are_read(read: Read, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.json", ({"prompt": "one"}, {"prompt": "two"}))
    assert texts(read(prompts={"path": path})) == [("one", None), ("two", None)]


def test_an_element_of_a_json_array_that_is_no_object_is_rejected(
    read: Read, tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"prompt": "hi"}, "ho"]')
    outcome = read(prompts={"path": path, "max_malformed": 0.5})
    assert outcome.rejects[0].detail == "a.json:2: the element is a string, wanted an object"


def test_csv_rows_with_another_number_of_fields_or_bytes_are_rejected(
    read: Read, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'prompt,reference\n"a\nb",r\none\nx,y,z\ncaf\xe9,r\n\nlast,r\n"open,r\n')
    outcome = read(prompts={"path": path, "max_malformed": 1})
    assert texts(outcome) == [("a\nb", "r"), ("last", "r")]
    assert [r.detail for r in outcome.rejects] == [
        "a.csv:4: the row has 1 fields, the header 2; quote fields that hold a separator",
        "a.csv:5: the row has 3 fields, the header 2; quote fields that hold a separator",
        "a.csv:6: byte 0xe9 in column 'prompt' is not UTF-8; save it as UTF-8 (Excel: 'CSV UTF-8'), "
        "or give its encoding, such as cp1252",
        "a.csv:9: unexpected end of data; check the quotes",
    ]


def test_a_csv_field_may_be_a_very_long_prompt(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("prompt\n" + "x" * 200_000)
    assert len(texts(read(prompts={"path": path}))[0][0] or "") == 200_000


def test_nested_parquet_columns_keep_tool_calls_and_drop_the_nulls_arrow_adds(
    read: Read, tmp_path: Path
) -> None:
    messages: list[dict[str, object]] = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "ok", "tool_call_id": "c1"},
    ]
    pq.write_table(pa.Table.from_pylist([{"messages": messages}]), tmp_path / "a.parquet")
    from_parquet = read(prompts={"path": tmp_path / "a.parquet"}).prompts[0]
    write_lines(tmp_path / "a.jsonl", ({"messages": messages},))
    from_jsonl = read(prompts={"path": tmp_path / "a.jsonl"}).prompts[0]
    assert from_parquet.prompt_id == from_jsonl.prompt_id
    assert from_parquet.messages == from_jsonl.messages


def test_a_parquet_text_that_is_not_utf8_rejects_its_row_alone(read: Read, tmp_path: Path) -> None:
    broken = pa.array([b"one", b"caf\xe9", b"two"]).view(pa.string())
    pq.write_table(pa.table({"prompt": broken}), tmp_path / "a.parquet")
    outcome = read(prompts={"path": tmp_path / "a.parquet", "max_malformed": 0.5})
    assert [t for t, _ in texts(outcome)] == ["one", "two"]
    assert (outcome.rejects[0].record_id, outcome.reasons) == ("a.parquet:2", ["not_utf8"])


def test_a_folder_is_read_file_by_file_in_the_order_of_names(read: Read, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    for name in ("b", "a"):
        pq.write_table(pa.table({"prompt": [name]}), folder / f"{name}.parquet")
    (folder / "README.md").write_text("not data")
    outcome = read(prompts={"path": folder})
    assert [p.source for p in outcome.prompts] == ["parts/a.parquet:1", "parts/b.parquet:1"]


def test_a_data_set_saved_to_disk_is_read(read: Read, tmp_path: Path) -> None:
    Dataset.from_list([{"instruction": "hi", "output": "ho"}]).save_to_disk(tmp_path / "saved")
    columns = {"prompt": "instruction", "reference": "output"}
    outcome = read(prompts={"path": tmp_path / "saved", "columns": columns})
    assert texts(outcome) == [("hi", "ho")]
    assert outcome.prompts[0].source == "saved:1"


def test_of_several_saved_splits_one_has_to_be_named(read: Read, tmp_path: Path) -> None:
    split = Dataset.from_list([{"prompt": "hi"}])
    DatasetDict({"train": split, "test": split}).save_to_disk(tmp_path / "saved")
    assert len(read(prompts={"path": tmp_path / "saved", "split": "test"}).prompts) == 1
    with pytest.raises(InvalidSettings, match="saved: no split is named; it has: test, train"):
        read(prompts={"path": tmp_path / "saved"})
    with pytest.raises(InvalidSettings, match="saved: no split 'dev'; it has: test, train"):
        read(prompts={"path": tmp_path / "saved", "split": "dev"})


def test_a_data_set_is_loaded_by_its_id(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    write_lines(folder / "train.jsonl", ({"prompt": "hi"}, {"prompt": "ho"}))
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    outcome = read(prompts={"dataset": str(folder)})
    assert [t for t, _ in texts(outcome)] == ["hi", "ho"]
    with pytest.raises(InvalidSettings, match=r"data set .* cannot be loaded: Unknown split .*dev"):
        read(prompts={"dataset": str(folder), "split": "dev"})


def test_settings_that_name_a_missing_column_list_those_there_are(
    read: Read, tmp_path: Path
) -> None:
    for path in (write(tmp_path / "a.parquet"), write(tmp_path / "a.csv")):
        wanted = (
            f"{path.name} has no column 'question', which columns.prompt names; "
            "its columns: prompt, reference, responses"
        )
        with pytest.raises(InvalidSettings, match=wanted):
            read(prompts={"path": path, "columns": {"prompt": "question"}})


def test_a_table_without_any_known_column_lists_its_own(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("question\nhi\n")
    with pytest.raises(
        InvalidSettings, match=r"a.csv has no column that can be read; its columns: question"
    ):
        read(prompts={"path": tmp_path / "a.csv"})


UNREADABLE = [
    ("a.parquet", b"PAR1 no", "a.parquet cannot be read as Parquet: "),
    ("a.jsonl.gz", b"plain", r"a.jsonl.gz cannot be unpacked: not a gzipped file \(b'pl'\); pack it again"),
    ("a.jsonl.gz", gzip.compress(b"x" * 999, mtime=0)[:20], "a.jsonl.gz cannot be unpacked: compressed file ended"),
    ("a.json", b'[{"prompt": ', "a.json is no JSON: expecting value at character 12; for one object a line"),
    ("a.json", b"3", "a.json is a number, wanted a list of objects"),
    ("a.jsonl", "\ufeffx".encode("utf-16-le")[:-1], "a.jsonl cannot be decoded: .*truncated data; save it as UTF-8"),
    ("a.jsonl.zst", b"plain", "a.jsonl.zst cannot be unpacked: zstd decompress failed: .*; pack it again"),
    ("a.jsonl.zst", packed(b"x" * 999)[:15], "a.jsonl.zst cannot be unpacked: truncated compressed stream"),
    ("a.jsonl", b'{"prompt": "hi"}\r{"prompt": "ho"}\r', "extra data at .*; lines end in CR, save them with LF"),
    ("a.json", b'{"a": 1, "b": 2}', "a.json is one object with the keys 'a', 'b'; none of them holds the rows; write"),
    ("a.json", b'{"a": [{}], "b": [{}]}', "one object with the keys 'a', 'b'; several hold lists: a, b; write one"),
    ("a.json", b'[{"prompt": "caf\xe9"}]', "a.json: byte 0xe9 is not UTF-8; save it as UTF-8"),
    ("a.csv", b"prompt\xe9\nx\n", "a.csv: the header is not UTF-8; save it as UTF-8"),
    ("a.csv", b"PK\x03\x04rest", "a.csv is a workbook; save the sheet as 'CSV UTF-8' and name that file"),
    ("a.xlsx", b"PK\x03\x04rest", "a.xlsx is a workbook; save the sheet as 'CSV UTF-8' and name that file"),
    ("a.csv", gzip.compress(b"prompt\nhi", mtime=0), "a.csv is packed with gzip; name it .gz"),
    ("a.csv", b"prompt,prompt\nx,y\n", "a.csv: the header names column 'prompt' twice; rename one"),
    ("a.jsonl", b"", "a.jsonl is empty, wanted at least one line"),
    ("a.jsonl", b"\n \n", "a.jsonl is empty, wanted at least one line"),
    ("a.json", b"", "a.json is empty, wanted at least one line"),
    ("a.csv", b"prompt\n", "a.csv is empty, wanted at least one line"),
    ("a.txt", b"hi", "a.txt has no known format; name it .jsonl, .json, .parquet, .csv, .tsv, or set format:"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "message"), UNREADABLE)
def test_a_file_that_cannot_be_used_says_why(
    read: Read, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CurationError, match=message) as caught:
        read(prompts={"path": tmp_path / name})
    assert "\n" not in str(caught.value)


def test_a_damaged_parquet_file_is_an_error_of_the_file(read: Read, tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet")
    path.write_bytes(path.read_bytes()[:4] + b"\xff" * 40 + path.read_bytes()[44:])
    with pytest.raises(MalformedInput, match=r"a.parquet cannot be read as Parquet"):
        read(prompts={"path": path})


def test_the_format_may_be_set_where_the_name_does_not_say(read: Read, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "rows.txt", ({"prompt": "hi"},))
    assert texts(read(prompts={"path": path, "format": "jsonl"})) == [("hi", None)]


TABLE = 'prompt,reference\r\n"Écris, s\'il te plaît\nvite",r\r\nfin,\r\n'
WRITTEN = [
    ("utf-8-sig", TABLE),
    ("utf-16", TABLE),
    ("utf-16-le", TABLE),
    ("utf-16-be", TABLE),
    ("utf-8", TABLE.replace("\r\n", "\r")),
    ("utf-8", 'prompt;reference\n"Écris, s\'il te plaît\nvite";r\nfin;\n'),
    ("utf-8", 'prompt\treference\n"Écris, s\'il te plaît\nvite"\tr\nfin\t\n'),
    (
        "utf-16",
        'sep=;\r\nprompt;reference;;\r\n"Écris, s\'il te plaît\nvite";r;;\r\n;;;\r\nfin;;;\r\n',
    ),
]


@pytest.mark.parametrize(("encoding", "table"), WRITTEN)
def test_a_sheet_is_read_as_spreadsheet_programs_save_it(
    read: Read, tmp_path: Path, encoding: str, table: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(table.encode(encoding))
    outcome = read(prompts={"path": path})
    assert texts(outcome) == [("Écris, s'il te plaît\nvite", "r"), ("fin", None)]
    assert outcome.rejects == []


def test_the_place_after_a_line_that_names_the_delimiter_is_that_of_the_file(
    read: Read, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("sep=;\nprompt;reference\nhi;r\n")
    assert read(prompts={"path": tmp_path / "a.csv"}).prompts[0].source == "a.csv:3"


def test_encoding_and_delimiter_may_be_said(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("prompt~reference\ncafé, noir~r".encode("cp1252"))
    asked = {"path": path, "encoding": "cp1252", "delimiter": "~"}
    assert texts(read(prompts=asked)) == [("café, noir", "r")]


@pytest.mark.parametrize(
    ("name", "content", "settings", "message"),
    [
        ("a.jsonl", b"{}", {"delimiter": ";"}, "a.jsonl is read as jsonl, which has no delimiter"),
        ("a.parquet", b"", {"encoding": "cp1252"}, "a.parquet is Parquet, whose texts are UTF-8"),
        (
            "a.csv",
            b"\xef\xbb\xbfprompt",
            {"encoding": "cp1252"},
            "begins with the mark of UTF-8, but",
        ),
        ("a.csv", b"prompt", {"encoding": "excel"}, "no text encoding is called 'excel'"),
    ],
)
def test_an_option_that_does_not_fit_the_file_is_refused(
    read: Read, tmp_path: Path, name: str, content: bytes, settings: dict[str, str], message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises((CurationError, ValueError), match=message):
        read(prompts={"path": tmp_path / name, **settings})


OBJECTS = [
    {"version": 1, "data": [{"prompt": "one"}, {"prompt": "two"}]},
    {"prompt": {"0": "one", "1": "two"}, "reference": {"0": None, "1": None}},
    {"0": {"prompt": "one"}, "1": {"prompt": "two"}},
    {"prompt": ["one", "two"], "reference": [None, None]},
    {"columns": ["prompt", "n"], "index": [0, 1], "data": [["one", 1], ["two", 2]]},
]


@pytest.mark.parametrize("value", OBJECTS)
def test_a_json_object_that_holds_the_rows_is_read(
    read: Read, tmp_path: Path, value: dict[str, object]
) -> None:
    for indent in (None, 1):
        (tmp_path / "a.json").write_text(json.dumps(value, indent=indent))
        assert texts(read(prompts={"path": tmp_path / "a.json"})) == [("one", None), ("two", None)]


def test_a_json_object_that_is_a_row_is_one(read: Read, tmp_path: Path) -> None:
    row = {"messages": [{"role": "user", "content": "hi"}], "responses": ["ho"]}
    (tmp_path / "a.json").write_text(json.dumps(row, indent=1))
    outcome = read(prompts={"path": tmp_path / "a.json"})
    assert (texts(outcome), outcome.responses[0].text) == ([("hi", None)], "ho")
