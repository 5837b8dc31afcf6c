"""Groups of responses taken apart into pairs, which is what annotators of pairs judge and what gets a label."""

from collections.abc import Iterator
from itertools import combinations

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.ranks import ranked_pairs, ranks_of
from winnow.pipelines.labelling.said_files import SaidFolder
from winnow.schemas.comparisons import Comparison
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Judgment
from winnow.schemas.last_word import last_words
from winnow.warehouse.staging import Staging

_PART = "ungrouped"
_BATCH = 4096
_NEW_PAIRS = """
SELECT * EXCLUDE (place) FROM pairs ANTI JOIN known USING (comparison_id)
QUALIFY row_number() OVER (PARTITION BY comparison_id ORDER BY place DESC) = 1
ORDER BY comparison_id
"""


def ungroup(staging: Staging) -> None:
    """Stage every two responses of each staged group as a comparison, unless they are one already.

    Args:
        staging: Holds comparisons; gets those of two that groups of more consist of.
    """
    # What an earlier attempt of this stage took apart did not come ready.
    staging.discard(Comparison, _PART)
    groups = _groups(staging)
    with duckdb.connect() as con:
        con.register("known", staging.read(Comparison, ["comparison_id"]))
        schema = Comparison.arrow_schema().append(pa.field("place", pa.int64()))
        con.register("pairs", pa.RecordBatchReader.from_batches(schema, _pairs(groups, schema)))
        new = con.execute(_NEW_PAIRS).to_arrow_reader(_BATCH)
        staging.write(Comparison, new, part=_PART)


def read_rankings(staging: Staging, said: SaidFolder) -> None:
    """Write down what the staged rankings of groups say of each two responses; the rankings themselves stay.

    A judgment of a group without a ranking of all its responses decides none of its pairs: `no_ranking`, a reject.

    Args:
        staging: Holds comparisons, and judgments that came ready.
        said: Takes the judgments of pairs, and the rejects.
    """
    groups = _groups(staging)
    if not groups.num_rows:
        return
    ready = last_words(staging.read(Judgment))
    places = pc.index_in(ready["subject_id"], groups["comparison_id"])
    ready, places = ready.filter(pc.is_valid(places)), places.drop_null()
    with said.opened("rankings") as files:
        for start in range(0, ready.num_rows, _BATCH):
            rankings = Judgment.from_table(ready.slice(start, _BATCH))
            ranked = Comparison.from_table(groups.take(places.slice(start, _BATCH)))
            found: list[Judgment] = []
            for judgment, group in zip(rankings, ranked, strict=True):
                if sorted(judgment.ranking or ()) == list(group.response_ids):
                    found += _of_pairs(judgment, group)
                else:
                    files.reject(judgment.judgment_id, "no_ranking")
            files.take(Judgment.to_table(found))


def _groups(staging: Staging) -> pa.Table:
    """Read the groups, ordered by comparison_id."""
    names = Comparison.arrow_schema().names
    found = [
        batch.filter(pc.greater(pc.list_value_length(batch["response_ids"]), 2))
        for batch in staging.batches(Comparison, names)
    ]
    none = Comparison.arrow_schema().empty_table()
    return pa.concat_tables([none, *found]).sort_by("comparison_id")


def _pairs(groups: pa.Table, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """List the pairs of groups as columns, each with its place in the list."""
    place = 0
    for batch in groups.select(["prompt_id", "response_ids", "strategy"]).to_batches(_BATCH):
        rows = []
        for group in batch.to_pylist():
            for ids in combinations(group["response_ids"], 2):
                pair_id = content_id([group["prompt_id"], ids])
                rows.append(
                    {**group, "comparison_id": pair_id, "response_ids": ids, "place": place}
                )
                place += 1
        yield pa.RecordBatch.from_pylist(rows, schema=schema)


def _of_pairs(judgment: Judgment, group: Comparison) -> Iterator[Judgment]:
    """Give what a ranking says of each two, with the ratings that the two got."""
    rank = ranks_of(judgment.ranking or (), judgment.ranks)
    said = judgment.model_dump(exclude={"judgment_id", "strength", "probability", "supersedes"})
    for one in ranked_pairs(group.prompt_id, group.response_ids, rank):
        pair_id, ids = one.comparison.comparison_id, one.comparison.response_ids
        about = {"comparison_id": pair_id, "subject_id": pair_id, "verdict": one.verdict}
        ratings = [r for r in judgment.ratings if r.response_id in ids]
        yield Judgment.model_validate(
            {**said, **about, "order": None, "ratings": ratings, "criteria": ()}
        )
