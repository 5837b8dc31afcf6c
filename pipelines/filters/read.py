"""Cases as they are staged."""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.votes import Floats
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.stands import Stands
from winnow.pipelines.labels.codes import codes, places
from winnow.pipelines.labels.combining import heard
from winnow.pipelines.labels.cycles import cycle_links
from winnow.schemas.comparisons import Comparison
from winnow.schemas.cycles import Cycle
from winnow.schemas.id_order import sorted_by_id
from winnow.schemas.labels import Annotator, Label
from winnow.warehouse.staging import Staging

_STANDS = Path(__file__).with_name("cases.sql")
_SAID = ("comparison_id", "annotator_id", "order", "verdict", "ratings")
_LEAN = {"a": 1, "b": -1, "tie": 0}


def read_cases(staging: Staging) -> Cases:
    """Join the staged labels with comparisons, judgments and annotators, ordered by comparison_id.

    Nobody has looked at texts yet: whether responses are known, empty or alike, and which prompts are near, is filled in by
    `winnow.pipelines.filters.contents` and by the stage "keep".
    """
    labels = sorted_by_id(staging.read(Label), "comparison_id")
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
    judgments = _numbered(staging, compared["comparison_id"], people["annotator_id"])
    scored = judgments.filter(pc.greater(pc.list_value_length(judgments["ratings"]), 0))
    sides = compared["response_ids"].take(scored["i"])
    with duckdb.connect() as con:
        con.register("judgments", judgments.drop_columns(["ratings"]))
        con.register("scored", scored.append_column("response_ids", sides))
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


def _numbered(staging: Staging, comparisons: pa.ChunkedArray, people: pa.ChunkedArray) -> pa.Table:
    """Return the readable judgments on comparisons by annotators, both as numbers: there are many, and words cost time."""
    said = heard(staging, _SAID)
    i = places(said["comparison_id"], _plain(comparisons))
    k = places(said["annotator_id"], _plain(people))
    lean = places(said["verdict"], pa.array(_LEAN))
    counts = (i >= 0) & (k >= 0) & (lean >= 0)
    worth = np.array([*_LEAN.values()], np.int8)
    columns = {
        "i": i.astype(np.int32),
        "k": k.astype(np.int32),
        "o": codes(said["order"])[0].astype(np.int8),
        "lean": worth[lean],
        "ratings": said["ratings"],
    }
    return pa.table(columns).filter(pa.array(counts))


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column.fill_null(float("nan")), np.float64)


def _plain(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays([pa.array([], pa.string()), *column.chunks])
