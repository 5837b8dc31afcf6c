"""How strong each response and each model is, from the verdicts and the labels of a run."""

import duckdb
import pyarrow as pa

from winnow.annotation.aggregation.standings import standings
from winnow.annotation.aggregation.tables import DIGITS
from winnow.annotation.aggregation.tournament import bradley_terry
from winnow.annotation.aggregation.winning import win_rates
from winnow.pipelines.labels.combining import heard
from winnow.schemas.comparisons import Comparison
from winnow.schemas.labels import Label
from winnow.schemas.responses import Response
from winnow.schemas.strengths import Standing, Strength
from winnow.warehouse.staging import Staging

# Prompts, responses and models are numbers here: there are as many rows as judgments.
_NUMBERED = (
    "create temp table asked as select prompt_id as name, row_number() over () - 1 as k "
    "from (select distinct prompt_id from comparisons)",
    "create temp table called as select model as name, row_number() over () - 1 as k "
    "from (select distinct model from responses)",
    "create temp table given as select response_id as name, row_number() over () - 1 as k, m.k as model "
    "from responses as r inner join called as m on m.name = r.model",
)
_MET = """
create temp table met as
with pairs as (
    select
        c.comparison_id, p.k as prompt, a.k as a, b.k as b, a.model as model_a, b.model as model_b,
        (least(a.k, b.k), greatest(a.k, b.k)) as pair
    from comparisons as c
    inner join asked as p on p.name = c.prompt_id
    inner join given as a on a.name = c.response_ids[1]
    inner join given as b on b.name = c.response_ids[2]
    where len(c.response_ids) = 2 and c.comparison_id in (select comparison_id from labels)
),
groups as (select prompt from pairs group by prompt having min(pair) <> max(pair))
select
    * exclude (pair), row_number() over (order by comparison_id) as i, prompt in (select prompt from groups) as is_group
from pairs
"""
SHARES = "(verdict = 'a')::double as p_a, (verdict = 'b')::double as p_b, (verdict = 'tie')::double as p_tie"
"""SQL for a verdict as what it says of each outcome."""

LIKELIEST = (
    "case when l.p_a = l.p_b or l.p_tie >= greatest(l.p_a, l.p_b) then 'tie' "
    "when l.p_a > l.p_b then 'a' else 'b' end"
)
"""SQL for the likeliest verdict of a label l."""

_GROUPS = "select i, prompt, a, b, comparison_id from met where is_group"
_MODELS = (
    "select i, prompt, model_a as a, model_b as b, comparison_id from met where model_a <> model_b"
)
_LABELS = """
select m.prompt, m.a, m.b, l.p_a, l.p_b, l.p_tie
from ({met}) as m inner join labels as l using (comparison_id)
order by m.i
"""
_LIKELIEST = f"""
select prompt, a, b, {SHARES}
from (
    select m.*, {LIKELIEST} as verdict
    from ({{met}}) as m inner join labels as l using (comparison_id)
)
order by i
"""
_SAID = f"""
select m.prompt, m.a, m.b, {SHARES}
from ({{met}}) as m inner join judgments as j using (comparison_id)
where j.verdict <> 'invalid'
order by m.i, j.verdict
"""
_STRENGTHS = """
with labelled as (
    select p.name as prompt_id, r.name
    from (select prompt, a as k from met where is_group union all select prompt, b from met where is_group) as m
    inner join asked as p on p.k = m.prompt
    inner join given as r on r.k = m.k
),
counted as (
    select f.*, count(*) over (partition by part) as n_ranked from fitted as f
)
select
    $run as run_id,
    any_value(m.prompt_id) as prompt_id,
    c.name as response_id,
    round(any_value(c.strength), $digits) as strength,
    any_value(w.n_won) as n_won,
    any_value(w.n_tied) as n_tied,
    any_value(w.n_lost) as n_lost,
    any_value(w.win_rate) as win_rate,
    any_value(c.part) as part,
    any_value(c.n_ranked) as n_ranked,
    count(*) as n_comparisons
from counted as c
inner join won as w using (name)
inner join labelled as m using (name)
where c.n_ranked >= 3
group by c.name
"""
_RANKED = (
    "select * exclude (part), rank() over (partition by part order by strength desc) as rank "
    f"from ({_STRENGTHS}) order by prompt_id, rank, response_id"
)


def stage_strengths(staging: Staging, run_id: str) -> None:
    """Rank the responses to each prompt with three or more, and the models over all prompts.

    Counted are the readable verdicts on labelled comparisons, a combined one in place of a judgment's own; estimated is
    from the staged labels. Responses, and models, that never met are not ranked together.

    Args:
        staging: Holds responses, comparisons, judgments, combined verdicts and labels; gets strengths and standings.
        run_id: The run whose labels they are.
    """
    with duckdb.connect() as con:
        con.register("labels", staging.read(Label, ("comparison_id", "p_a", "p_b", "p_tie")))
        compared = ("comparison_id", "prompt_id", "response_ids")
        con.register("comparisons", staging.read(Comparison, compared))
        con.register("responses", staging.read(Response, ("response_id", "model")))
        con.register("judgments", heard(staging, ("comparison_id", "verdict")))
        for statement in (*_NUMBERED, _MET):
            con.execute(statement)
        staging.write(Strength, _fitted(_strengths(con, run_id), Strength))
        staging.write(Standing, _fitted(_standings(con, run_id), Standing))


def _strengths(con: duckdb.DuckDBPyConnection, run_id: str) -> pa.Table:
    labels = _outcomes(con, _LABELS.format(met=_GROUPS), "given")
    if not labels.num_rows:
        return Strength.arrow_schema().empty_table()
    con.register("fitted", bradley_terry(labels))
    con.register("won", win_rates(_outcomes(con, _SAID.format(met=_GROUPS), "given")))
    return con.execute(_RANKED, {"run": run_id, "digits": DIGITS}).to_arrow_table()


def _standings(con: duckdb.DuckDBPyConnection, run_id: str) -> pa.Table:
    labels = _outcomes(con, _LIKELIEST.format(met=_MODELS), "called")
    if not labels.num_rows:
        return Standing.arrow_schema().empty_table()
    said = _outcomes(con, _SAID.format(met=_MODELS), "called")
    found = standings(said, labels).rename_columns({"name": "model"})
    return found.append_column("run_id", pa.repeat(run_id, found.num_rows))


def _outcomes(con: duckdb.DuckDBPyConnection, sql: str, contestants: str) -> pa.Table:
    """Read outcomes whose prompts and contestants are numbers of some tables, as dictionaries of their names."""
    found = con.execute(sql).to_arrow_table()
    for column, table in (("prompt", "asked"), ("a", contestants), ("b", contestants)):
        names = con.execute(f"select name from {table} order by k").to_arrow_table()["name"]
        number = found[column].combine_chunks().cast(pa.int32())
        coded = pa.DictionaryArray.from_arrays(number, names.combine_chunks())
        found = found.set_column(found.column_names.index(column), column, coded)
    return found.rename_columns({"prompt": "prompt_id"})


def _fitted(table: pa.Table, record: type[Strength] | type[Standing]) -> pa.Table:
    schema = record.arrow_schema()
    return table.select(schema.names).cast(schema)
