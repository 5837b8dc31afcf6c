"""How strong each response and each model is, from the verdicts and the labels of a run."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.standings import standings
from winnow.annotation.aggregation.sums import count_by
from winnow.annotation.aggregation.tables import DIGITS
from winnow.annotation.aggregation.tournament import bradley_terry
from winnow.annotation.aggregation.votes import Ints, first_rows
from winnow.annotation.aggregation.winning import win_rates
from winnow.schemas.comparisons import Comparison
from winnow.schemas.id_order import sorted_by_id
from winnow.schemas.labels import Label
from winnow.schemas.likeliest import SHARES, VERDICTS, certain, likeliest
from winnow.schemas.responses import Response
from winnow.schemas.strengths import Standing, Strength
from winnow.warehouse.staging import Staging

_STRENGTHS = """
with counted as (
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


class _Meetings(NamedTuple):
    """The labelled comparisons of two responses in the order of their ids; arrays of shape (n_meetings,)."""

    labels: pa.Table
    """comparison_id, p_a, p_b, p_tie."""

    prompt: pa.DictionaryArray
    """Prompt of each."""

    responses: tuple[pa.DictionaryArray, pa.DictionaryArray]
    """The responses a and b."""

    models: tuple[pa.DictionaryArray, pa.DictionaryArray]
    """Who wrote them."""

    @property
    def of_groups(self) -> Ints:
        """Rows of the prompts of which more than one pair of responses met."""
        prompt, n = np.asarray(self.prompt.indices), len(self.prompt.dictionary)
        a, b = (np.asarray(side.indices).astype(np.int64) for side in self.responses)
        pair = np.minimum(a, b) * len(self.responses[0].dictionary) + np.maximum(a, b)
        is_other = pair != pair[np.minimum(first_rows(prompt, n), len(pair) - 1)][prompt]
        return np.flatnonzero(count_by(prompt[is_other], n)[prompt])

    @property
    def of_models(self) -> Ints:
        """Rows of two models."""
        a, b = (np.asarray(side.indices) for side in self.models)
        return np.flatnonzero(a != b)


def stage_strengths(staging: Staging, said: pa.Table, run_id: str) -> None:
    """Rank the responses to each prompt with three or more, and the models over all prompts.

    Counted are the readable verdicts on labelled comparisons; estimated is from the staged labels. Responses, and models,
    that never met are not ranked together.

    Args:
        staging: Holds responses, comparisons and labels; gets strengths and standings.
        said: comparison_id and verdict of what counts, a combined verdict in place of a judgment's own; dictionaries.
        run_id: The run whose labels they are.
    """
    met = _meetings(staging)
    at, verdict = _counted(said, met)
    strengths, models = Strength.arrow_schema().empty_table(), Standing.arrow_schema().empty_table()
    if len(rows := met.of_groups):
        of_these = {name: met.labels[name].take(pa.array(rows)) for name in SHARES}
        labels = _outcomes(met, met.responses, rows, of_these)
        won = win_rates(_said_of(met, met.responses, rows, at, verdict))
        strengths = _ranked(labels, won, run_id)
    if len(rows := met.of_models):
        shares = (np.asarray(met.labels[name]) for name in SHARES)
        labels = _outcomes(met, met.models, rows, certain(likeliest(*shares)[rows]))
        found = standings(_said_of(met, met.models, rows, at, verdict), labels)
        models = found.rename_columns({"name": "model"})
        models = models.append_column("run_id", pa.repeat(run_id, found.num_rows))
    staging.write(Strength, _fitted(strengths, Strength))
    staging.write(Standing, _fitted(models, Standing))


def _meetings(staging: Staging) -> _Meetings:
    labels = staging.read(Label, ("comparison_id", *SHARES))
    labels = sorted_by_id(labels, "comparison_id")
    compared = staging.read(Comparison, ("comparison_id", "prompt_id", "response_ids"))
    compared = compared.filter(pc.equal(pc.list_value_length(compared["response_ids"]), 2))
    place = pc.index_in(labels["comparison_id"], compared["comparison_id"].combine_chunks())
    labels, compared = labels.filter(pc.is_valid(place)), compared.take(place.drop_null())
    answers = staging.read(Response, ("response_id", "model"))
    ids = compared["response_ids"].combine_chunks().flatten()
    found = pc.index_in(ids, answers["response_id"].combine_chunks())
    sides = [found[side::2] for side in (0, 1)]
    is_known = pc.and_(*map(pc.is_valid, sides))
    sides = [side.filter(is_known) for side in sides]
    model = answers["model"].combine_chunks().dictionary_encode()
    response = answers["response_id"].combine_chunks()
    prompt = compared["prompt_id"].filter(is_known).combine_chunks().dictionary_encode()
    a, b = (pa.DictionaryArray.from_arrays(side, response) for side in sides)
    return _Meetings(labels.filter(is_known), prompt, (a, b), (model.take(sides[0]), model.take(sides[1])))  # fmt: skip


def _counted(said: pa.Table, met: _Meetings) -> tuple[Ints, Ints]:
    """Return of each readable verdict on a meeting its row, ascending, and which one it is, as a place in `VERDICTS`."""
    about = said["comparison_id"].unify_dictionaries().combine_chunks()
    row_of = pc.index_in(about.dictionary, met.labels["comparison_id"].combine_chunks())
    row = row_of.take(about.indices)
    verdict = pc.index_in(said["verdict"], pa.array(VERDICTS)).combine_chunks()
    counts = pc.and_(pc.is_valid(row), pc.is_valid(verdict))
    row, verdict = (np.asarray(one.filter(counts)).astype(np.int64) for one in (row, verdict))
    both = row * len(VERDICTS) + verdict
    both.sort()
    return both // len(VERDICTS), both % len(VERDICTS)


def _said_of(
    met: _Meetings,
    sides: tuple[pa.DictionaryArray, pa.DictionaryArray],
    rows: Ints,
    at: Ints,
    verdict: Ints,
) -> pa.Table:
    """Return the verdicts on some meetings as outcomes."""
    is_among = np.zeros(len(met.labels), bool)
    is_among[rows] = True
    chosen = is_among[at]
    return _outcomes(met, sides, at[chosen], certain(verdict[chosen]))


def _outcomes(
    met: _Meetings,
    sides: tuple[pa.DictionaryArray, pa.DictionaryArray],
    rows: Ints,
    shares: Mapping[str, Any],
) -> pa.Table:
    taken = pa.array(rows)
    a, b = (side.take(taken) for side in sides)
    return pa.table({"prompt_id": met.prompt.take(taken), "a": a, "b": b, **shares})


def _ranked(labels: pa.Table, won: pa.Table, run_id: str) -> pa.Table:
    prompts = [labels["prompt_id"], labels["prompt_id"]]
    labelled = {"prompt_id": _text(*prompts), "name": _text(labels["a"], labels["b"])}
    with duckdb.connect() as con:
        con.register("fitted", bradley_terry(labels))
        con.register("won", won)
        con.register("labelled", pa.table(labelled))
        return con.execute(_RANKED, {"run": run_id, "digits": DIGITS}).to_arrow_table()


def _text(*columns: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([c.cast(pa.string()) for column in columns for c in column.chunks])


def _fitted(table: pa.Table, record: type[Strength] | type[Standing]) -> pa.Table:
    schema = record.arrow_schema()
    return table.select(schema.names).cast(schema)
