"""How strong each response and each model is, from the verdicts and the labels of a run."""

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

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

_MET = """
create temp table met as
select c.comparison_id, c.prompt_id, a.response_id as a, b.response_id as b, a.model as model_a, b.model as model_b,
    count(distinct least(a.response_id, b.response_id) || greatest(a.response_id, b.response_id))
        over (partition by c.prompt_id) > 1 as is_group
from comparisons as c
inner join responses as a on a.response_id = c.response_ids[1]
inner join responses as b on b.response_id = c.response_ids[2]
where len(c.response_ids) = 2 and c.comparison_id in (select comparison_id from labels)
"""
_LABELS = """
select m.*, l.p_a, l.p_b, l.p_tie
from met as m inner join labels as l using (comparison_id)
order by comparison_id
"""
SHARES = "(verdict = 'a')::double as p_a, (verdict = 'b')::double as p_b, (verdict = 'tie')::double as p_tie"
"""SQL for a verdict as what it says of each outcome."""

LIKELIEST = (
    "case when l.p_a = l.p_b or l.p_tie >= greatest(l.p_a, l.p_b) then 'tie' "
    "when l.p_a > l.p_b then 'a' else 'b' end"
)
"""SQL for the likeliest verdict of a label l."""

_LIKELIEST = f"""
select * exclude (verdict), {SHARES}
from (select m.*, {LIKELIEST} as verdict from met as m inner join labels as l using (comparison_id))
order by comparison_id
"""
_SAID = f"""
select m.*, {SHARES}
from met as m inner join judgments as j using (comparison_id)
where j.verdict <> 'invalid'
order by comparison_id, judgment_id
"""
_STRENGTHS = """
with labelled as (select prompt_id, a as name from outcomes union all select prompt_id, b from outcomes),
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
        for record in (Label, Comparison):
            con.register(record.table, staging.read(record))
        con.register("responses", staging.read(Response, ("response_id", "model")))
        con.register("judgments", heard(staging, ("judgment_id", "comparison_id", "verdict")))
        con.execute(_MET)
        said = con.execute(_SAID).to_arrow_table()
        labels = con.execute(_LABELS).to_arrow_table()
        likeliest = con.execute(_LIKELIEST).to_arrow_table()
        strengths = _strengths(con, _of_groups(said), _of_groups(labels), run_id)
    staging.write(Strength, _fitted(strengths, Strength))
    standing = _standings(_of_models(said), _of_models(likeliest), run_id)
    staging.write(Standing, _fitted(standing, Standing))


def _strengths(
    con: duckdb.DuckDBPyConnection, said: pa.Table, labels: pa.Table, run_id: str
) -> pa.Table:
    if not labels.num_rows:
        return Strength.arrow_schema().empty_table()
    con.register("outcomes", labels)
    con.register("fitted", bradley_terry(labels))
    con.register("won", win_rates(said))
    return con.execute(_RANKED, {"run": run_id, "digits": DIGITS}).to_arrow_table()


def _standings(said: pa.Table, labels: pa.Table, run_id: str) -> pa.Table:
    if not labels.num_rows:
        return Standing.arrow_schema().empty_table()
    found = standings(said, labels).rename_columns({"name": "model"})
    return found.append_column("run_id", pa.repeat(run_id, found.num_rows))


def _of_groups(outcomes: pa.Table) -> pa.Table:
    return outcomes.filter(outcomes["is_group"])


def _of_models(outcomes: pa.Table) -> pa.Table:
    models = outcomes.drop_columns(["a", "b"]).rename_columns({"model_a": "a", "model_b": "b"})
    return models.filter(pc.not_equal(models["a"], models["b"]))


def _fitted(table: pa.Table, record: type[Strength] | type[Standing]) -> pa.Table:
    schema = record.arrow_schema()
    return table.select(schema.names).cast(schema)
