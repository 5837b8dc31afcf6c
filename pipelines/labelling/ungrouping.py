"""Groups of responses taken apart into pairs, which is what annotators of pairs judge and what gets a label."""

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.ranks import ranked_pairs, ranks_of
from winnow.pipelines.labelling.part_files import sorting
from winnow.pipelines.labelling.said_files import SaidFolder
from winnow.schemas.comparisons import Comparison
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Judgment
from winnow.schemas.last_word import LINKS, replaced_judgments
from winnow.warehouse.sql import parquet
from winnow.warehouse.staging import Staging

_PART = "ungrouped"
_BATCH = 4096
_GROUPS_AT_ONCE = 256
_GROUP = ("comparison_id", "prompt_id", "response_ids")
_PAIRS = pa.schema(
    [*Comparison.arrow_schema(), pa.field("group_id", pa.string()), pa.field("place", pa.int64())]
)
_NEW_PAIRS = """
SELECT * EXCLUDE (group_id, place) FROM pairs ANTI JOIN known USING (comparison_id)
QUALIFY row_number() OVER (PARTITION BY comparison_id ORDER BY group_id DESC, place DESC) = 1
ORDER BY comparison_id
"""


def ungroup(staging: Staging) -> None:
    """Stage every two responses of each staged group as a comparison, unless they are one already.

    Args:
        staging: Holds comparisons; gets those of two that groups of more consist of.
    """
    # What an earlier attempt of this stage took apart did not come ready.
    staging.discard(Comparison, _PART)
    files = staging.files(Comparison)
    if not files:
        staging.write(Comparison, (), part=_PART)
        return
    with staging.scratch(_PART) as scratch, sorting(scratch / "spill") as con:
        con.execute(f"CREATE VIEW known AS SELECT comparison_id FROM {parquet(files)}")
        con.register("pairs", pa.RecordBatchReader.from_batches(_PAIRS, _pairs(staging)))
        new = con.execute(_NEW_PAIRS).to_arrow_reader(_BATCH)
        staging.write(Comparison, new, part=_PART)


def read_rankings(staging: Staging, said: SaidFolder) -> None:
    """Write down what the staged rankings of groups say of each two responses; the rankings themselves stay.

    A judgment of a group without a ranking of all its responses decides none of its pairs: `no_ranking`, a reject.

    Args:
        staging: Holds comparisons, and judgments that came ready.
        said: Takes the judgments of pairs, and the rejects.
    """
    found_groups = list(_groups(staging, _GROUP))
    if not found_groups:
        return
    groups = pa.concat_tables(found_groups)
    replaced = replaced_judgments(staging.read(Judgment, LINKS))
    with said.opened("rankings") as files:
        for batch in staging.batches(Judgment, Judgment.arrow_schema().names):
            places = pc.index_in(batch["subject_id"], groups["comparison_id"])
            is_last = pc.invert(pc.is_in(batch["judgment_id"], value_set=replaced))
            counts = pc.and_(pc.is_valid(places), is_last)
            ranked = groups.take(places.filter(counts)).to_pylist()
            found: list[Judgment] = []
            for judgment, group in zip(
                Judgment.from_table(batch.filter(counts)), ranked, strict=True
            ):
                if sorted(judgment.ranking or ()) == list(group["response_ids"]):
                    found += _of_pairs(judgment, group["prompt_id"], group["response_ids"])
                else:
                    files.reject(judgment.judgment_id, "no_ranking")
            files.take(Judgment.to_table(found))


def _groups(staging: Staging, columns: Collection[str]) -> Iterator[pa.Table]:
    """Read columns of the groups, batch by batch."""
    for batch in staging.batches(Comparison, columns):
        groups = batch.filter(pc.greater(pc.list_value_length(batch["response_ids"]), 2))
        if groups.num_rows:
            yield groups


def _pairs(staging: Staging) -> Iterator[pa.RecordBatch]:
    """List the pairs of groups as columns, each with its group and its place there."""
    for batch in _groups(staging, (*_GROUP, "strategy")):
        for part in batch.to_batches(_GROUPS_AT_ONCE):
            rows = []
            for group in part.to_pylist():
                for place, ids in enumerate(combinations(group["response_ids"], 2)):
                    pair_id = content_id([group["prompt_id"], ids])
                    about = {"group_id": group["comparison_id"], "place": place}
                    rows.append({**group, **about, "comparison_id": pair_id, "response_ids": ids})
            yield pa.RecordBatch.from_pylist(rows, schema=_PAIRS)


def _of_pairs(
    judgment: Judgment, prompt_id: str, response_ids: Sequence[str]
) -> Iterator[Judgment]:
    """Give what a ranking says of each two, with the ratings that the two got."""
    rank = ranks_of(judgment.ranking or (), judgment.ranks)
    said = judgment.model_dump(exclude={"judgment_id", "strength", "probability", "supersedes"})
    for one in ranked_pairs(prompt_id, response_ids, rank):
        pair_id, ids = one.comparison.comparison_id, one.comparison.response_ids
        about = {"comparison_id": pair_id, "subject_id": pair_id, "verdict": one.verdict}
        ratings = [r for r in judgment.ratings if r.response_id in ids]
        yield Judgment.model_validate(
            {**said, **about, "order": None, "ratings": ratings, "criteria": ()}
        )
