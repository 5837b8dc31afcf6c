"""Cases as they are staged."""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.votes import Floats
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.stands import Stands
from winnow.pipelines.labels.combining import heard
from winnow.pipelines.labels.cycles import cycle_links
from winnow.schemas.comparisons import Comparison
from winnow.schemas.cycles import Cycle
from winnow.schemas.labels import Annotator, Label
from winnow.warehouse.staging import Staging

_STANDS = Path(__file__).with_name("cases.sql")
_SAID = ("judgment_id", "comparison_id", "annotator_id", "order", "verdict", "ratings")


def read_cases(staging: Staging) -> Cases:
    """Join the staged labels with comparisons, judgments and annotators, ordered by comparison_id.

    Nobody has looked at texts yet: whether responses are known, empty or alike, and which prompts are near, is filled in by
    `winnow.pipelines.filters.contents` and by the stage "keep".
    """
    labels = staging.read(Label).sort_by("comparison_id")
    compared = staging.read(Comparison, ("comparison_id", "prompt_id", "response_ids"))
    place = pc.index_in(labels["comparison_id"], compared["comparison_id"].combine_chunks())
    labels, place = labels.filter(pc.is_valid(place)), place.drop_null()
    compared = compared.take(place)
    n_responses = np.asarray(pc.list_value_length(compared["response_ids"]), np.int64)
    return Cases(
        comparison_id=_plain(labels["comparison_id"]),
        prompt_id=_plain(compared["prompt_id"]),
        p_a=_floats(labels["p_a"]),
        p_b=_floats(labels["p_b"]),
        p_tie=_floats(labels["p_tie"]),
        agreement=_floats(labels["agreement"]),
        low=_floats(labels["low"]),
        high=_floats(labels["high"]),
        n_responses=n_responses,
        n_empty=np.zeros(len(n_responses), np.int64),
        n_repeated=np.zeros(len(n_responses), np.int64),
        n_unknown=np.zeros(len(n_responses), np.int64),
        stands=_read_stands(staging, compared),
        cycle_links=cycle_links(Cycle.from_table(staging.read(Cycle))),
    )


def _read_stands(staging: Staging, compared: pa.Table) -> Stands:
    people = staging.read(Annotator).sort_by("annotator_id")
    numbered = compared.append_column("i", _numbers(compared.num_rows))
    with duckdb.connect() as con:
        con.register("cases", numbered.select(["i", "comparison_id", "response_ids"]))
        con.register("people", people.select(["annotator_id"]).append_column("k", _numbers(len(people))))  # fmt: skip
        con.register("judgments", heard(staging, _SAID))
        found = con.execute(_STANDS.read_text("utf-8")).to_arrow_table()
    annotator = np.asarray(found["k"], np.int64)
    return Stands(
        n_cases=compared.num_rows,
        case=np.asarray(found["i"], np.int64),
        annotator=annotator,
        weight=_floats(people["weight"])[annotator],
        lean=_floats(found["lean"]),
        rated=_floats(found["rated"]),
        is_flipped=np.asarray(found["is_flipped"], bool),
        is_torn=np.asarray(found["is_torn"], bool),
        names=tuple(people["annotator_id"].to_pylist()),
        kinds=np.array(people["kind"].to_pylist(), str),
    )


def _numbers(n: int) -> pa.Array:
    return pa.array(np.arange(n, dtype=np.int32))


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column.fill_null(float("nan")), np.float64)


def _plain(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays([pa.array([], pa.string()), *column.chunks])
