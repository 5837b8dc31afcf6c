"""How models stand, from verdicts on texts that are not there: logs of battles that name two models and a winner."""

from typing import NamedTuple

import duckdb
import pyarrow as pa

from winnow.annotation.aggregation.standings import standings
from winnow.schemas.likeliest import CERTAIN_SQL, LIKELIEST_SQL
from winnow.schemas.strengths import Standing

MODELS = ("model_a", "model_b")
"""Columns that name the two models of an item."""

# A verdict of a or b is one on model_a or model_b, so an item means the same two models in every row.
_MET = """
create temp table met as
select item_id, coalesce(any_value(prompt_id), item_id) as prompt_id, any_value(model_a) as a, any_value(model_b) as b,
    count(distinct (model_a, model_b)) = 1 and bool_and(model_a is not null and model_b is not null)
        and any_value(model_a) is distinct from any_value(model_b) as is_battle
from judgments
group by item_id
"""
_SAID = f"""
select m.*, {CERTAIN_SQL}
from met as m inner join judgments as j using (item_id)
where m.is_battle and j.verdict in ('a', 'b', 'tie')
"""
_LABELS = f"""
select * exclude (verdict), {CERTAIN_SQL}
from (select m.*, {LIKELIEST_SQL} as verdict from met as m inner join labels as l using (item_id) where m.is_battle)
"""


class ModelStandings(NamedTuple):
    """How the models of a table stand."""

    table: pa.Table
    """One row a model, the strongest first; columns of `winnow.schemas.strengths.Standing` without the run."""

    n_items: int
    """Items that name two models."""

    n_others: int
    """Items that name none, one twice, or other models from row to row."""


def standings_of(judgments: pa.Table, labels: pa.Table) -> ModelStandings | None:
    """Rank the models that a table of judgments names; None where it names none, or no item has two.

    Args:
        judgments: item_id, verdict, and model_a, model_b; prompt_id where items share what was asked.
        labels: item_id, p_a, p_b, p_tie.
    """
    if not {*MODELS} <= {*judgments.column_names}:
        return None
    if "prompt_id" not in judgments.column_names:
        judgments = judgments.append_column("prompt_id", pa.nulls(judgments.num_rows, pa.string()))
    with duckdb.connect() as con:
        con.register("judgments", judgments)
        con.register("labels", labels)
        con.execute(_MET)
        said, likeliest = (
            con.execute(f"{sql} order by item_id").to_arrow_table() for sql in (_SAID, _LABELS)
        )
        n_others = con.sql("select 1 from met where not is_battle").to_arrow_table().num_rows
    if not likeliest.num_rows:
        return None
    found = standings(said, likeliest).rename_columns({"name": "model"})
    columns = [name for name in Standing.model_fields if name != "run_id"]
    ranked = found.select(columns).sort_by([("part", "ascending"), ("strength", "descending")])
    return ModelStandings(ranked, likeliest.num_rows, n_others)
