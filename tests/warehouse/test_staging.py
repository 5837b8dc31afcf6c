import os
import shutil
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests import toy
from tests.pipelines.toy import ask
from winnow.schemas.errors import StorageFull
from winnow.schemas.judgments import Judgment
from winnow.schemas.labels import Label
from winnow.schemas.prompts import Prompt
from winnow.schemas.rejects import Reject
from winnow.warehouse.places.at import place_at
from winnow.warehouse.staging import Staging


def test_records_read_back_as_they_were_written(tmp_path):
    staging = Staging(tmp_path)
    staging.write(Prompt, toy.prompts())
    assert Prompt.from_table(staging.read(Prompt)) == toy.prompts()


def test_columns_whose_words_repeat_come_as_dictionaries(tmp_path):
    staging = Staging(tmp_path)
    for part in ("one", "two"):
        staging.write(Reject, toy.rejects(), part=part)
    (first, *_) = staging.batches(Reject, ("reason", "stage"), coded=("reason",))
    assert [str(kind) for kind in first.schema.types] == [
        "string",
        "dictionary<values=string, indices=int32, ordered=0>",
    ]
    whole = pa.concat_tables(staging.batches(Reject, ("reason",), coded=("reason",)))
    assert whole["reason"].to_pylist() == staging.read(Reject)["reason"].to_pylist()


def test_a_long_table_is_written_in_pieces_that_threads_share(tmp_path):
    staging = Staging(tmp_path)
    one = Reject.to_table(toy.rejects()[:1])
    staging.write(Reject, pa.concat_tables([one] * 200_000).combine_chunks())
    assert pq.ParquetFile(staging.files(Reject)[0]).num_row_groups == 2


def test_writing_a_part_again_replaces_it(tmp_path):
    staging = Staging(tmp_path)
    staging.write(Prompt, toy.prompts())
    staging.write(Prompt, toy.prompts()[:1])
    assert staging.n_rows(Prompt) == 1


def test_parts_of_a_table_are_read_as_one(tmp_path):
    staging = Staging(tmp_path)
    reject = toy.rejects()[0]
    for stage in ("sample", "keep"):
        staging.write(Reject, [reject.model_copy(update={"stage": stage})], part=stage)
    assert staging.read(Reject)["stage"].to_pylist() == ["keep", "sample"]
    assert staging.tables() == ["rejects"]


def test_some_columns_are_read_alone_and_those_that_a_part_from_before_lacks_are_filled_in(
    tmp_path,
):
    staging = Staging(tmp_path)
    judgments = toy.judgments()
    whole = Judgment.to_table(judgments)
    staging.write(Judgment, whole)
    before = whole.drop_columns(["subject_kind", "subject_id"])
    pq.write_table(before, staging.path(Judgment, "before"))
    wanted = ("subject_id", "subject_kind", "verdict")
    both = staging.read(Judgment, wanted)
    expected = whole.select(["verdict", "subject_kind", "subject_id"])
    assert both.equals(pa.concat_tables([expected, expected]))
    assert pa.concat_tables(staging.batches(Judgment, wanted)).equals(both)


def test_rows_of_some_ids_are_read_in_pieces(tmp_path):
    staging = Staging(tmp_path)
    prompts = [ask(f"Question {i}?") for i in range(25)]
    staging.write(Prompt, prompts[:20], part="one")
    staging.write(Prompt, prompts[20:], part="other")
    wanted = [prompt.prompt_id for prompt in prompts[3::4]]
    found = list(staging.some(Prompt, ("prompt_id", "source"), pa.array([*wanted, "nobody's"])))
    assert [name for batch in found for name in batch["prompt_id"].to_pylist()] == wanted
    assert {*found[0].column_names} == {"prompt_id", "source"}


def test_a_table_that_was_not_written_has_no_rows_but_its_columns(tmp_path):
    table = Staging(tmp_path).read(Prompt)
    assert (table.num_rows, table.schema) == (0, Prompt.arrow_schema())


def test_columns_may_come_in_any_order_and_a_reader_is_streamed(tmp_path):
    staging = Staging(tmp_path)
    table = Label.to_table(toy.labels())
    backwards = table.select(table.column_names[::-1])
    staging.write(Label, backwards.to_reader(max_chunksize=1))
    assert staging.read(Label).equals(table)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (lambda t: t.drop_columns("p_tie"), "column 'p_tie' is missing"),
        (
            lambda t: t.set_column(0, "run_id", pa.nulls(3, pa.string())),
            "'run_id' with null values to non-nullable",
        ),
    ],
)
def test_rows_that_do_not_fit_are_refused_and_the_old_ones_stay(tmp_path, table, message):
    staging = Staging(tmp_path)
    staging.write(Label, toy.labels())
    file = staging.path(Label)
    with pytest.raises(ValueError, match=message):
        staging.write(Label, table(Label.to_table(toy.labels())))
    assert staging.n_rows(Label) == 3
    assert list(file.parent.iterdir()) == [file]


def test_a_part_that_would_leave_the_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"part is '../x', wanted letters"):
        Staging(tmp_path).write(Prompt, [], part="../x")


def test_a_full_disk_is_named_and_the_part_keeps_what_it_held(small_disk):
    staging = Staging(small_disk)
    staging.write(Reject, toy.rejects())
    details = [os.urandom(4_000_000).hex() for _ in range(3)]
    noise = [toy.rejects()[0].model_copy(update={"detail": detail}) for detail in details]
    with pytest.raises(StorageFull, match=r"no space left while writing .*rejects/all.parquet"):
        staging.write(Reject, noise)
    assert Reject.from_table(staging.read(Reject)) == toy.rejects()
    assert len(list((small_disk / "rejects").iterdir())) == 1


def test_what_is_shared_begins_empty_although_workers_of_a_killed_driver_write_into_it_still(
    tmp_path, monkeypatch
):
    staging = Staging(tmp_path)
    with staging.shared("sample") as shared:
        attempt = shared.within("attempts").within("a")
        attempt.write("open", lambda file: None)
        # What workers write meanwhile keeps a folder from being removed.
        monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
        with staging.shared("sample") as again:
            assert (again.places(), attempt.entries()) == ([], [])
        monkeypatch.undo()
    assert list((tmp_path / ".shared").iterdir()) == []


@pytest.mark.server
def test_what_workers_on_other_machines_reach_lies_in_the_place_that_is_named(s3, tmp_path):
    place = place_at(f"s3://winnow/{uuid4().hex}", s3)
    staging = Staging(tmp_path, place)
    with staging.shared("sample") as shared, staging.scratch("sample") as scratch:
        shared.write("a", lambda file: file.write(b"1"))
        assert shared.address == f"{place.address}/.shared/sample"
        assert scratch.is_relative_to(tmp_path)
        with Staging(tmp_path, place).shared("sample") as again:
            assert again.entries() == []
    assert place.places() == []


@pytest.mark.server
def test_tables_in_an_object_store_are_read_and_replaced_like_those_in_a_folder(s3, tmp_path):
    def go_through(staging):
        staging.write(Prompt, toy.prompts())
        staging.write(Prompt, toy.prompts()[:1])
        staging.write(Prompt, toy.prompts()[1:], part="more")
        staging.write(Judgment, toy.judgments(), part="read")
        staging.write(Label, toy.labels(), part="gone")
        with pytest.raises(ValueError, match="missing"):
            staging.write(Prompt, Prompt.to_table(toy.prompts()).drop_columns("source"))
        staging.discard(Label, "gone")
        yield staging.tables(), staging.n_rows(Prompt), staging.read(Label)
        yield staging.read(Prompt), staging.read_part(Judgment, "read")
        yield (
            pa.concat_tables(staging.batches(Judgment, ("verdict",))),
            staging.read_part(Label, "x"),
        )
        staging.clear()
        yield staging.tables()

    remote = Staging(place_at(f"s3://winnow/{uuid4().hex}", s3))
    assert list(go_through(remote)) == list(go_through(Staging(tmp_path)))
    with pytest.raises(ValueError, match="is no folder"):
        remote.path(Prompt)
