"""A sample of the prompts: chosen by hash, so that the order of the lines and other prompts do not matter."""

import hashlib
from heapq import nsmallest

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.known import digest
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


def take_sample(importer: Importer, n_prompts: int, seed: int) -> None:
    """Keep the prompts whose hash with the seed is smallest, and their responses; reject the others."""
    prompts = importer.intake.table(Prompt)
    chosen = _chosen(prompts["prompt_id"].to_pylist(), n_prompts, seed)
    wanted = pa.array(sorted(chosen), pa.string())
    detail = f"the settings ask for {n_prompts} of {prompts.num_rows} prompts"
    defect = Defect("not_sampled", detail)
    left_out = _narrow(importer, Prompt, prompts, wanted)
    for row in left_out.select(["prompt_id", "source"]).to_pylist():
        importer.intake.reject("prompts", "line", row["source"], defect)
        del importer.known.prompts[digest(row["prompt_id"])]
    left_out = _narrow(importer, Response, importer.intake.table(Response), wanted)
    for response_id in left_out["response_id"].to_pylist():
        importer.intake.reject("responses", "response", response_id, defect)
        del importer.known.responses[digest(response_id)]


def _chosen(prompt_ids: list[str], n_prompts: int, seed: int) -> set[str]:
    def rank(prompt_id: str) -> bytes:
        return hashlib.sha256(f"{seed}:{prompt_id}".encode()).digest()

    return set(nsmallest(n_prompts, prompt_ids, key=rank))


def _narrow(
    importer: Importer, record: type[Prompt] | type[Response], rows: pa.Table, wanted: pa.Array
) -> pa.Table:
    is_wanted = pc.is_in(rows["prompt_id"], value_set=wanted)
    importer.intake.narrow(record, rows.filter(is_wanted))
    return rows.filter(pc.invert(is_wanted))
