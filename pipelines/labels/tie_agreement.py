"""How far the annotators agree that neither response is better."""

import duckdb
import pyarrow as pa

from winnow.annotation.aggregation.tables import DIGITS

_SHARE = """
with said as (
    select item_id, annotator, avg((verdict = 'tie')::int) as tie
    from votes
    where verdict <> 'invalid'
    group by all
)
select
    s.item_id,
    round(coalesce(sum(abs(a.weight) * s.tie) / nullif(sum(abs(a.weight)), 0), avg(s.tie)), $digits)
from said as s
inner join annotators as a using (annotator)
group by s.item_id
"""


def tie_agreement(votes: pa.Table, annotators: pa.Table) -> dict[str, float]:
    """Return by item the share of the annotators' weight that says tie; where nobody has weight, all count alike.

    The agreement that an aggregation gives is between a and b, where a tie says nothing; of a label that is likeliest
    a tie, this is the agreement.

    Args:
        votes: item_id, annotator and verdict, one row a judgment.
        annotators: annotator and weight.

    Returns:
        Shares from 0 to 1; items that nobody has a readable verdict on are left out.
    """
    with duckdb.connect() as con:
        con.register("votes", votes)
        con.register("annotators", annotators)
        return dict(con.execute(_SHARE, {"digits": DIGITS}).fetchall())
