"""Who spoke last: a judgment that its annotator changed or withdrew stays on record and counts no longer.

The rule is the SQL of `schemas/measures/replaced.sql`. Tables and lists are sifted by it here; every warehouse has it as
the view `replaced_judgments`.
"""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.judgments import Judgment
from winnow.schemas.measures import measure_sql

LINKS = ("judgment_id", "supersedes", "created_at", "kind", "request_id", "subject_kind", "subject_id", "annotator_id")  # fmt: skip
"""Columns that the rule reads."""


def last_words(judgments: pa.Table) -> pa.Table:
    """Leave out the judgments that were superseded, in the order of the rest.

    What was put aside stays: it is the annotator's last word, and its verdict is "invalid".

    Args:
        judgments: Rows of the judgments table, with all that may supersede each other.
    """
    replaced = replaced_judgments(judgments)
    if not len(replaced):
        return judgments
    return judgments.filter(pc.invert(pc.is_in(judgments["judgment_id"], value_set=replaced)))


def replaced_judgments(judgments: pa.Table) -> pa.Array:
    """List the judgment_ids that were superseded.

    Args:
        judgments: `LINKS` of the judgments table, of all that supersede another and of all that people said.
    """
    if not _may_be_replaced(judgments):
        return pa.nulls(0, pa.string())
    import duckdb

    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.register("judgments", judgments)
        found = con.execute(measure_sql("replaced")).to_arrow_table()
    return found["judgment_id"].combine_chunks()


def last_judgments(judgments: Iterable[Judgment]) -> list[Judgment]:
    """Leave out of a list what `last_words` leaves out of a table."""
    said = list(judgments)
    left = set(last_words(Judgment.to_table(said))["judgment_id"].to_pylist())
    return [judgment for judgment in said if judgment.judgment_id in left]


def _may_be_replaced(judgments: pa.Table) -> bool:
    """Say whether anything can be: a model is asked once, and its judgments are most of a large table."""
    is_linked = judgments["supersedes"].null_count < judgments.num_rows
    return is_linked or bool(pc.any(pc.equal(judgments["kind"], "human")).as_py())
