import json
from pathlib import Path
from typing import Any

import pytest
from datasets import load_dataset

from tests import orchard
from winnow.schemas.errors import AlreadyExists, InvalidSettings, NothingToExport, UnknownName
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.export import export
from winnow.warehouse.export.files import SplitFiles
from winnow.warehouse.export.rows import PromptGroup
from winnow.warehouse.export.written import split_for
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.sql import load_query

CONVERSATION = [
    {"role": "system", "content": "You keep an orchard."},
    {"role": "user", "content": "My Cox tree bears nothing."},
    {"role": "assistant", "content": "How old is it?"},
    {"role": "user", "content": "Two years."},
]


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)


def rows_of(folder: Path, split: str = "train") -> list[dict[str, Any]]:
    return list(load_dataset(str(folder))[split])


def test_a_conversation_keeps_every_turn(orchard_warehouse: Warehouse, tmp_path: Path) -> None:
    export(orchard_warehouse, "preferences@1", "trl", tmp_path / "out", splits={"train": 1.0})
    prompts = [row["prompt"] for row in rows_of(tmp_path / "out")]
    assert CONVERSATION in prompts


def test_rows_and_what_was_left_out_add_up_to_the_release(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    result = export(orchard_warehouse, "preferences@1", "trl", tmp_path / "out")
    assert result.n_rows == {"train": 28, "test": 10}
    assert result.n_left_out == {"tied": 4}
    assert len(orchard.preferences()) == 42


def test_every_row_leads_back_to_its_preference(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    export(orchard_warehouse, "preferences@1", "trl", tmp_path / "out", splits={"train": 1.0})
    ids = {row["preference_id"] for row in rows_of(tmp_path / "out")}
    assert ids == {p.preference_id for p in orchard.preferences() if not p.is_tied}


def test_ties_survive_where_the_format_has_them(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    result = export(orchard_warehouse, "preferences@1", "parquet", tmp_path / "out")
    tied = [
        row
        for split in ("train", "test")
        for row in rows_of(tmp_path / "out", split)
        if row["is_tied"]
    ]
    assert len(tied) == 4
    assert result.n_left_out == {}


def test_parquet_names_every_vote_behind_a_row(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    export(orchard_warehouse, "preferences@1", "parquet", tmp_path / "out", splits={"train": 1.0})
    evidence = {row["preference_id"]: row["evidence"] for row in rows_of(tmp_path / "out")}
    assert evidence == {p.preference_id: list(p.evidence) for p in orchard.preferences()}


@pytest.mark.parametrize("format", ["trl", "parquet", "jsonl", "openrlhf", "verl", "nemo_rl"])
def test_no_prompt_stands_in_two_splits(
    orchard_warehouse: Warehouse, tmp_path: Path, format: str
) -> None:
    shares = {"train": 0.5, "validation": 0.2, "test": 0.3}
    export(orchard_warehouse, "preferences@1", format, tmp_path / "out", splits=shares)
    prompt_of = {p.preference_id: p.prompt_id for p in orchard.preferences()}
    splits = load_dataset(str(tmp_path / "out"))
    prompts = [{prompt_of[i] for i in rows["preference_id"]} for rows in splits.values()]
    assert len(prompts) == 3
    assert sum(map(len, prompts)) == len(set().union(*prompts))


def test_the_splits_of_the_release_are_kept_unless_others_are_asked_for(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    export(orchard_warehouse, "preferences@1", "parquet", tmp_path / "out")
    published = {p.preference_id for p in orchard.preferences() if p.split == "test"}
    assert {row["preference_id"] for row in rows_of(tmp_path / "out", "test")} == published


def test_asking_for_the_shares_of_the_release_keeps_its_own_splits(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    shares = {"train": 0.8, "test": 0.2}
    export(orchard_warehouse, "preferences@1", "trl", tmp_path / "asked", splits=shares)
    export(orchard_warehouse, "preferences@1", "trl", tmp_path / "kept")
    card = (tmp_path / "asked" / "README.md").read_text()
    assert "The splits are those that the release was published with." in card
    assert card == (tmp_path / "kept" / "README.md").read_text()


def test_openrlhf_can_replace_conversations_by_text_under_the_same_names(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    export(orchard_warehouse, "preferences@1", "openrlhf", tmp_path / "out", splits={"train": 1.0})
    rows = load_dataset(str(tmp_path / "out"))["train"]
    told = rows.map(
        lambda row: {"prompt": row["prompt"][0]["content"]}, remove_columns=rows.column_names
    )
    assert "You keep an orchard." in told["prompt"]


def test_a_split_that_got_no_row_has_no_file_and_a_count_of_zero(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    shares = {"train": 0.9999, "validation": 0.0001}
    result = export(orchard_warehouse, "preferences@1", "trl", tmp_path / "out", splits=shares)
    assert result.n_rows == {"train": 38, "validation": 0}
    assert list(load_dataset(str(tmp_path / "out"))) == ["train"]


def test_what_a_release_holds_out_stays_held_out_whatever_share_is_asked_for(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    held = {p.preference_id for p in orchard.preferences() if p.split == "test"}
    for number, share in enumerate((0.01, 0.5)):
        shares = {"train": 1 - share, "test": share}
        export(orchard_warehouse, "preferences@1", "parquet", tmp_path / str(number), splits=shares)
        assert held <= {row["preference_id"] for row in rows_of(tmp_path / str(number), "test")}


def test_an_export_without_the_split_of_what_is_held_out_says_so(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    done = export(orchard_warehouse, "preferences@1", "trl", tmp_path / "out", splits={"train": 1})
    n_held = len({p.prompt_id for p in orchard.preferences() if p.split == "test"})
    assert f"{n_held} prompts that the release holds out stand in train." in done.notes
    assert any("nearly say the same as prompts of another split" in note for note in done.notes)
    assert export(orchard_warehouse, "preferences@1", "trl", tmp_path / "own").notes == ()


def test_prompts_that_nearly_say_the_same_stand_together_under_other_shares() -> None:
    shares = {"train": 0.4, "validation": 0.2, "test": 0.4}
    ids = [f"prompt {i}" for i in range(200)]
    alone = {split_for(PromptGroup(i, "", "train", []), shares) for i in ids}
    assert alone == {"train", "validation", "test"}
    for first in ids[:20]:
        assert len({split_for(PromptGroup(i, first, "train", []), shares) for i in ids}) == 1


def test_the_same_export_has_the_same_bytes(orchard_warehouse: Warehouse, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export(orchard_warehouse, "preferences@1", "trl", tmp_path / name, splits={"train": 1.0})
    one, two = (
        {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*.*")}
        for name in ("one", "two")
    )
    assert one == two


def test_lineage_holds_the_hash_of_each_file(orchard_warehouse: Warehouse, tmp_path: Path) -> None:
    result = export(
        orchard_warehouse, "preferences", "trl", tmp_path / "out", splits={"train": 1.0}
    )
    lineage = json.loads((tmp_path / "out" / "lineage.json").read_text())
    assert lineage["release"] == "preferences@1"
    assert lineage["run_id"] == orchard.RUN_ID
    assert lineage["n_left_out"] == {"tied": 4}
    assert {path: file["sha256"] for path, file in lineage["files"].items()} == {
        f"data/train-00000-of-00001-{result.files[0].sha256[:16]}.parquet": result.files[0].sha256
    }


def test_the_card_counts_rows_ties_and_moved_prompts(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    shares = {"train": 0.5, "test": 0.5}
    export(orchard_warehouse, "preferences@1", "trl", tmp_path / "out", splits=shares)
    card = (tmp_path / "out" / "README.md").read_text()
    assert "| train | 21 |" in card
    assert "| tied | 4 | neither response is better" in card
    assert "6 prompts stand in another split than the release was published with" in card
    assert "| `pairwise@1:tiny` | llm | 120 | 39% | 55% of 11 | 0.00 |" in card


def test_an_earlier_export_is_only_replaced_when_asked(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    export(orchard_warehouse, "preferences@1", "trl", out)
    with pytest.raises(AlreadyExists, match="already holds an export; choose another place, or"):
        export(orchard_warehouse, "preferences@1", "jsonl", out)
    export(orchard_warehouse, "preferences@1", "jsonl", out, overwrite=True)
    names = sorted(p.name for p in (out / "data").iterdir())
    assert [(n.partition("-")[0], n.rpartition(".")[2]) for n in names] == [
        ("test", "jsonl"),
        ("train", "jsonl"),
    ]
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".out")] == []


def test_a_folder_that_is_no_export_is_never_replaced(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(AlreadyExists, match="exists and holds no export; choose another place"):
        export(orchard_warehouse, "preferences@1", "trl", tmp_path, overwrite=True)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_an_export_that_breaks_leaves_the_earlier_one_as_it_was(
    orchard_warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    export(orchard_warehouse, "preferences@1", "trl", out)
    before = (out / "lineage.json").read_bytes()

    def broken(self: SplitFiles, split: str, rows: object) -> None:
        raise RuntimeError("the lights went out")

    monkeypatch.setattr(SplitFiles, "write", broken)
    with pytest.raises(RuntimeError, match="the lights went out"):
        export(orchard_warehouse, "preferences@1", "jsonl", out, overwrite=True)
    assert (out / "lineage.json").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("format", "options", "error", "text"),
    [
        ("trll", {}, UnknownName, r"no format named 'trll' \(did you mean 'trl'\?\); known formats: criterion_verdicts, jsonl"),
        ("trl", {"variety": "reward"}, InvalidSettings, r"trl has no setting 'variety' \(did you mean 'variant'\?\); its settings: variant, "),
        ("trl", {"variant": "dpo"}, InvalidSettings, "variant of trl is 'dpo', wanted 'preference', 'reward', 'unpaired', 'prompt_only' or 'rubric'"),
        ("trl", {"splits": {"train": 0.9}}, InvalidSettings, r"splits: the shares sum to 0.9 \(train 0.9\), wanted 1"),
        ("trl", {"splits": {"train": 1.5, "test": -0.5}}, InvalidSettings, "splits: test is -0.5, wanted a share above 0"),
        ("trl", {"splits": {"../x": 1.0}}, InvalidSettings, "splits: '../x' cannot name a split"),
        ("verl", {"variant": "rl", "splits": {"train": 1}, "data_source": 3}, InvalidSettings, "data_source of verl is 3, wanted text"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_before_anything_is_written(
    orchard_warehouse: Warehouse, tmp_path: Path, format: str, options: dict[str, Any],
    error: type[Exception], text: str,
) -> None:  # fmt: skip
    with pytest.raises(error, match=text):
        export(orchard_warehouse, "preferences@1", format, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_a_release_that_does_not_exist_is_named_with_the_newest(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    with pytest.raises(UnknownName, match="no release preferences@99: the newest is preferences@1"):
        export(orchard_warehouse, "preferences@99", "trl", tmp_path / "out")


def test_a_release_of_which_nothing_fits_says_why(
    orchard_of_tools: Warehouse, tmp_path: Path
) -> None:
    with pytest.raises(NothingToExport, match=r"nothing of preferences@1 fits format 'openrlhf': 10 preferences left out \(uses_tools 10\)"):  # fmt: skip
        export(orchard_of_tools, "preferences@1", "openrlhf", tmp_path / "out")
    assert list(tmp_path.glob("*out*")) == []


def test_a_warehouse_from_before_there_were_turns_is_exported(tmp_path: Path) -> None:
    with orchard.publish_orchard(tmp_path / "warehouse") as warehouse:
        wanted = export(warehouse, "preferences", "trl", tmp_path / "new")
        lines = load_query("preference_texts").splitlines()
        known = [line for line in lines if "turns" not in line and "contexts" not in line]
        warehouse.con.execute("\n".join(["CREATE OR REPLACE VIEW preference_texts AS", *known]))
        warehouse.con.execute("ALTER TABLE responses DROP COLUMN turns")
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse"), read_only=True) as reader:
        assert export(reader, "preferences", "trl", tmp_path / "old").files == wanted.files
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as writer:
        assert export(writer, "preferences", "trl", tmp_path / "again").files == wanted.files
        assert writer.query("SELECT DISTINCT chosen_turns FROM preference_texts").num_rows == 1


def test_two_exports_of_one_name_load_as_what_each_holds(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    n_rows = []
    for share in (0.5, 0.7):
        out = tmp_path / str(share) / "trl"
        out.parent.mkdir()
        shares = {"train": share, "test": 1 - share}
        done = export(orchard_warehouse, "preferences@1", "trl", out, splits=shares)
        loaded = load_dataset(str(out))
        n_rows.append({name: split.num_rows for name, split in loaded.items()})
        assert n_rows[-1] == done.n_rows
    assert n_rows[0] != n_rows[1]


def test_a_warehouse_from_before_there_were_length_controlled_margins_is_exported(
    tmp_path: Path,
) -> None:
    with orchard.publish_orchard(tmp_path / "warehouse") as warehouse:
        warehouse.con.execute("ALTER TABLE preferences DROP COLUMN length_controlled_margin")
        folder = export(warehouse, "preferences", "parquet", tmp_path / "out").path
        assert {row["length_controlled_margin"] for row in rows_of(folder)} == {None}
        reward = {"variant": "reward", "margin": "length_controlled"}
        with pytest.raises(NothingToExport, match="no_length_controlled_margin"):
            export(warehouse, "preferences", "trl", tmp_path / "reward", **reward)


def test_a_whole_export_of_the_same_is_left_and_a_damaged_one_is_written_again(
    orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    def write(**options: Any) -> int:
        export(
            orchard_warehouse,
            "preferences@1",
            "jsonl",
            tmp_path / "out",
            overwrite=True,
            keep_whole=True,
            **options,
        )
        return (tmp_path / "out" / "README.md").stat().st_ino

    first = write()
    assert write() == first
    other = write(splits={"train": 1.0})
    assert other != first
    (data,) = (tmp_path / "out" / "data").iterdir()
    whole = data.read_bytes()
    data.write_bytes(whole[:-9])
    assert write(splits={"train": 1.0}) != other
    assert data.read_bytes() == whole
