"""Prompts that nearly repeat another, set aside before anything is asked about them.

Which prompts are near is known as soon as they are read; which of them is kept shows only once there are labels, since one
whose label passes the other checks is kept before one whose label does not. So the first of those that are near is asked,
and the others are set aside, with all that is about them, in a part of their own that the steps do not see. `keep` says
which of them might be kept after all; they are called in, and the run goes through its steps again.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, product

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.filters.near_duplicate import NearDuplicate, how_near
from winnow.pipelines.near.leaders import NearTo, repeats
from winnow.pipelines.near.neighbours import neighbours
from winnow.pipelines.near.texts import ASKED, asked_texts, read_texts
from winnow.pipelines.tally import Tally
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.id_order import sorted_by_id
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.prompts import Prompt
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

STAGE = "set_aside"
"""Name of the stage in counts and rejects."""

PART = "set_aside"
"""Part of the tables that holds what is set aside."""

CALLED = "called_in"
"""Part of the tables that holds what was set aside and called in."""

_ABOUT: tuple[type[Record], ...] = (Prompt, Response, Comparison)


def asked_of(staging: Staging) -> Staging:
    """Return the staged tables as the steps of a run see them: without what is set aside."""
    return staging.without(PART)


def set_aside(
    staging: Staging, threshold: float, run_id: str, heard: Collection[str] = ()
) -> StageCount:
    """Set aside the prompts that would be rejected as near-duplicates if every label passed the other checks.

    A prompt with ready judgments or gold stays: what was said of it says something of those who said it. Counts prompts.

    Args:
        staging: Holds what was read; gets rejects.
        threshold: Similarity from which on prompts count as the same.
        run_id: The run.
        heard: Prompts of which people said something in queues; they stay as well.
    """
    tally = Tally(STAGE, "prompts", run_id)
    ids = staging.read(Prompt, ["prompt_id"])["prompt_id"].combine_chunks()
    texts = asked_texts(staging, ids)
    near = repeats(neighbours(texts, threshold), texts["prompt_id"].combine_chunks())
    aside = pa.array(sorted(near.keys() - _heard(staging) - set(heard)), pa.string())
    parts = {file.removesuffix(".parquet") for _, file in staging.parts()}
    _move(staging, aside, sorted(parts - {PART}), PART)
    said = pa.array([how_near(near[i]) for i in aside.to_pylist()], pa.string())
    tally.reject_all("prompt", aside, NearDuplicate.reason, said)
    return tally.close(staging, n_in=len(ids), n_out=len(ids) - len(aside))


def call_in(staging: Staging, called: Collection[str], count: StageCount) -> StageCount:
    """Bring back prompts that were set aside, with all that is about them.

    Args:
        staging: Holds what was read and set aside, without what steps added; gets the rejects of those that stay aside.
        called: The prompts.
        count: What `set_aside` counted, or this.
    """
    rejects = staging.read_part(Reject, PART)
    ids = pa.array(sorted(called), pa.string())
    _move(staging, ids, [PART], CALLED)
    left = rejects.filter(pc.invert(pc.is_in(rejects["record_id"], value_set=ids)))
    staging.write(Reject, left, part=PART)
    reasons = [one.model_copy(update={"n": left.num_rows}) for one in count.rejects]
    n_out = count.n_in - left.num_rows
    return count.model_copy(
        update={"n_out": n_out, "rejects": tuple(one for one in reasons if one.n)}
    )


def ids_aside(staging: Staging) -> pa.Array:
    """Return the prompts that are set aside."""
    return staging.read_part(Prompt, PART)["prompt_id"].combine_chunks()


def texts_with_aside(staging: Staging, prompt_ids: pa.Array) -> pa.Table:
    """Do what `asked_texts` does, of what is set aside too: text that many share is not their own because others wait."""
    texts = asked_texts(asked_of(staging), prompt_ids)
    aside = [read_texts(batch) for batch in staging.batches(Prompt, ASKED, part=PART)]
    return sorted_by_id(pa.concat_tables([texts, *aside]), "prompt_id") if aside else texts


def name_kept(staging: Staging, near: Mapping[str, NearTo]) -> None:
    """Name in the rejects of what is set aside the prompts that were kept in the end."""
    rejects = staging.read_part(Reject, PART)
    if not rejects.num_rows:
        return
    ids, details = (rejects[name].to_pylist() for name in ("record_id", "detail"))
    said = [how_near(near[i]) if i in near else d for i, d in zip(ids, details, strict=True)]
    place = rejects.schema.get_field_index("detail")
    field = rejects.schema.field(place)
    staging.write(Reject, rejects.set_column(place, field, pa.array(said, field.type)), part=PART)


def _heard(staging: Staging) -> set[str]:
    """Return the prompts of which something was said by what was read: judgments of what is about them, and gold."""
    subjects = staging.read(Judgment, ["subject_id"])["subject_id"].unique()
    gold = staging.read(Gold, ["comparison_id"])["comparison_id"].unique()
    said = pa.concat_arrays([subjects, gold])
    heard: set[str] = set()
    if not len(said):
        return heard
    for record in (Response, Comparison):
        for batch in staging.some(record, ("prompt_id",), said):
            heard.update(batch["prompt_id"].to_pylist())
    return heard


def _move(staging: Staging, prompt_ids: pa.Array, sources: Collection[str], to: str) -> None:
    """Move what is about some prompts from parts of the tables to another, a piece at a time.

    What broke off halfway goes on the next time: a row is where it was until it is where it goes, and never twice there.
    """
    if not len(prompt_ids):
        return
    for record, name in product(_ABOUT, sources):
        if not any(map(len, _rows(staging, record, name, prompt_ids, ["prompt_id"]))):
            continue
        key = record.key[0]
        there = pa.chunked_array(
            [pa.array([], pa.string())]
            + [
                chunk
                for rows in staging.batches(record, [key], part=to)
                for chunk in rows[key].chunks
            ]
        )
        coming = (
            rows.filter(pc.invert(pc.is_in(rows[key], value_set=there)))
            for rows in _rows(staging, record, name, prompt_ids)
        )
        staging.write(record, _reader(record, chain(_rows(staging, record, to), coming)), part=to)
        left = _rows(staging, record, name, prompt_ids, are_about=False)
        staging.write(record, _reader(record, left), part=name)


def _rows(
    staging: Staging,
    record: type[Record],
    part: str,
    prompt_ids: pa.Array | None = None,
    columns: Sequence[str] = (),
    *,
    are_about: bool = True,
) -> Iterator[pa.Table]:
    """Read the rows of a part, or those that are about some prompts, or about others; some columns, or all."""
    for batch in staging.batches(record, columns or record.arrow_schema().names, part=part):
        if prompt_ids is None:
            yield batch
            continue
        found = pc.is_in(batch["prompt_id"], value_set=prompt_ids)
        yield batch.filter(found if are_about else pc.invert(found))


def _reader(record: type[Record], tables: Iterable[pa.Table]) -> pa.RecordBatchReader:
    batches = (batch for table in tables for batch in table.to_batches())
    return pa.RecordBatchReader.from_batches(record.arrow_schema(), batches)
