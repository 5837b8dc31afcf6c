"""A sample of the prompts: chosen by hash, so that the order of the lines and other prompts do not matter."""

import hashlib
from collections.abc import Iterable
from heapq import nsmallest

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.known import digest
from winnow.schemas.base import Record
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging


def take_sample(importer: Importer, read: Staging, n_prompts: int, seed: int) -> None:
    """Bring the prompts whose hash with the seed is smallest, and their responses; reject the others.

    Args:
        importer: Of the run.
        read: Where all that were read lie.
        n_prompts: How many to take.
        seed: Another one takes others.
    """
    ids = (table["prompt_id"].to_pylist() for table in read.batches(Prompt, ["prompt_id"]))
    wanted = pa.array(_chosen((i for some in ids for i in some), n_prompts, seed), pa.string())
    detail = f"the settings ask for {n_prompts} of {read.n_rows(Prompt)} prompts"
    defect = Defect("not_sampled", detail)
    known, intake = importer.known, importer.intake
    for left_out in _left_out(importer, Prompt, read, wanted):
        for row in left_out.select(["prompt_id", "source"]).to_pylist():
            intake.reject("prompts", "line", row["source"], defect)
            del known.prompts[digest(row["prompt_id"])]
    for left_out in _left_out(importer, Response, read, wanted):
        for response_id in left_out["response_id"].to_pylist():
            intake.reject("responses", "response", response_id, defect)
            del known.responses[digest(response_id)]
    known.settle()


def _chosen(prompt_ids: Iterable[str], n_prompts: int, seed: int) -> list[str]:
    def rank(prompt_id: str) -> bytes:
        return hashlib.sha256(f"{seed}:{prompt_id}".encode()).digest()

    return nsmallest(n_prompts, prompt_ids, key=rank)


def _left_out(
    importer: Importer, record: type[Record], read: Staging, wanted: pa.Array
) -> Iterable[pa.Table]:
    """Bring the rows of the prompts that are wanted; gives the others."""
    for rows in read.batches(record, record.arrow_schema().names):
        is_wanted = pc.is_in(rows["prompt_id"], value_set=wanted)
        importer.intake.bring(record, rows.filter(is_wanted))
        left_out = rows.filter(pc.invert(is_wanted))
        importer.intake.take_back(record, left_out.num_rows)
        yield left_out
        importer.intake.pass_on()
