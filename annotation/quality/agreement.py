"""How good the annotators are, all measures at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.votes import Ints, encode
from winnow.annotation.quality.alpha import Alpha, alpha
from winnow.schemas.agreement import Level
from winnow.schemas.errors import MalformedInput
from winnow.schemas.judgments import Kind
from winnow.schemas.measures import MEASURES, measure_sql

LEVELS: tuple[Level, ...] = ("nominal", "ordinal")
SCALE = {"a": -1.0, "tie": 0.0, "b": 1.0}
"""Verdicts as numbers: a tie lies between the other two."""

_ITEMS_AT_ONCE = 50_000

VOTES = pa.schema(
    [
        ("item_id", pa.string()),
        ("annotator", pa.string()),
        ("kind", pa.string()),
        ("order", pa.string()),
        ("verdict", pa.string()),
        ("created_at", pa.timestamp("us", tz="UTC")),
        ("seconds", pa.float64()),
        ("repeat", pa.int64()),
        ("answer", pa.string()),
    ]
)
"""The long form: one row a judgment. Columns after `verdict`, and `kind` and `order`, may be missing: without `answer` each
judgment is an answer of its own."""


@dataclass(frozen=True)
class AgreementMeasures:
    """What the measures say."""

    alphas: Mapping[str, Alpha]
    """Krippendorff's alpha of the verdicts by level, first judgments of an item only."""

    tables: Mapping[str, pa.Table]
    """One table a measure, by its name: pairs, gold, repeats, position, drift and seconds."""


def measure_agreement(
    votes: pa.Table, gold: pa.Table | None = None, *, kind: Kind = "human", seed: int = 0
) -> AgreementMeasures:
    """Measure how far annotators of one kind agree with each other, with gold and with themselves.

    Args:
        votes: Judgments in the long form, columns of `VOTES`; `long_form` makes it from the judgments table.
            Without a column `kind` all rows count, without `repeat` all are first judgments.
        gold: Known verdicts: item_id, verdict (a, b, tie); `known_verdicts` makes it from the gold table.
        kind: Kind of annotator to measure.
        seed: Seed of the bootstrap.

    Raises:
        MalformedInput: item_id, annotator or verdict is missing.
    """
    single = single_verdicts(_complete(votes, kind))
    return AgreementMeasures(
        alphas={level: alpha_of_verdicts(single, level, seed=seed) for level in LEVELS},
        tables=measure_tables(votes, gold, kind=kind),
    )


def measure_tables(
    votes: pa.Table, gold: pa.Table | None = None, *, kind: Kind = "human"
) -> dict[str, pa.Table]:
    """Measure what `measure_agreement` does but alpha: one table a measure, by its name."""
    chosen = _complete(votes, kind)
    return {name: _measure(name, chosen, gold) for name in MEASURES}


def long_form(judgments: pa.Table) -> pa.Table:
    """Turn rows of the judgments table into the long form, superseded ones left out, repeats numbered."""
    replaced = _query(measure_sql("replaced"), judgments=judgments)
    return _query(measure_sql("votes"), judgments=judgments, replaced_judgments=replaced)


def long_forms(judgments: pa.Table) -> Iterator[pa.Table]:
    """Do what `long_form` does some items at a time, in the order of their ids: to number repeats takes many times what is numbered."""
    replaced = _query(measure_sql("replaced"), judgments=judgments)
    about = judgments.filter(pc.is_valid(judgments["comparison_id"]))
    items, item = encode(about, "comparison_id")
    rank = np.asarray(pc.rank(items)).astype(np.int64) - 1
    place = rank[item] // _ITEMS_AT_ONCE
    for number in range(place.max(initial=0) + 1):
        some = about.filter(pa.array(place == number))
        yield _query(measure_sql("votes"), judgments=some, replaced_judgments=replaced)


def known_verdicts(gold: pa.Table) -> pa.Table:
    """Turn rows of the gold table into item_id, verdict; gold that contradicts itself is left out."""
    return _query(measure_sql("known"), gold=gold)


def single_verdicts(votes: pa.Table) -> pa.Table:
    """Return one readable verdict of each annotator on each item of the long form: item_id, annotator, kind, verdict, answer."""
    return _query(measure_sql("single"), votes=_with_answers(votes))


def alpha_of_verdicts(single: pa.Table, level: Level = "nominal", *, seed: int = 0) -> Alpha:
    """Compute alpha over what `single_verdicts` gives; items that people ranked together are drawn together."""
    _, items = encode(single, "item_id")
    verdicts, verdict = encode(single, "verdict")
    scale = np.array([SCALE[name] for name in verdicts.to_pylist()])
    together = _ranked_together(single, items)
    return alpha(items, scale[verdict], level=level, together=together, seed=seed)


def _ranked_together(single: pa.Table, items: Ints) -> Ints | None:
    """Number what the item of each verdict belongs to: the first answer by which people judged it, else the item itself.

    None where no person judged any.
    """
    is_human = np.asarray(pc.equal(single["kind"], "human"))
    if not is_human.any():
        return None
    answers = single["answer"].filter(pa.array(is_human)).cast(pa.string())
    said = _query(
        "select item, min(answer) as answer from said group by item",
        said=pa.table({"item": items[is_human], "answer": answers}),
    )
    _, answer = encode(said, "answer")
    n_items = int(items.max()) + 1
    belongs = np.arange(n_items)
    belongs[np.asarray(said["item"])] = n_items + answer
    return belongs[items]


def _measure(name: str, votes: pa.Table, gold: pa.Table | None) -> pa.Table:
    nothing = pa.table({"item_id": pa.array([], pa.string()), "verdict": pa.array([], pa.string())})
    return _query(measure_sql(name), votes=votes, known=nothing if gold is None else gold)


def _query(sql: str, **relations: pa.Table) -> pa.Table:
    import duckdb

    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for name, table in relations.items():
            con.register(name, table)
        return con.sql(sql).to_arrow_table()


def _complete(votes: pa.Table, kind: Kind) -> pa.Table:
    missing = {"item_id", "annotator", "verdict"} - set(votes.column_names)
    if missing:
        raise MalformedInput(
            f"judgments lack {', '.join(sorted(missing))}; wanted item_id, annotator and verdict in the long form",
            missing=sorted(missing),
        )
    if "kind" in votes.column_names:
        votes = votes.filter(pc.equal(votes["kind"], kind))
    votes = _with_answers(votes)
    fills = {"repeat": 0, "kind": kind}
    columns = []
    for field in VOTES:
        if field.name in votes.column_names:
            columns.append(votes[field.name].cast(field.type))
        else:
            fill = pa.scalar(fills.get(field.name), field.type)
            columns.append(pa.repeat(fill, votes.num_rows))
    return pa.table(columns, schema=VOTES)


def _with_answers(votes: pa.Table) -> pa.Table:
    """Have each judgment be an answer of its own where nothing says which belong together."""
    if "answer" in votes.column_names:
        return votes
    return votes.append_column("answer", pa.array(map(str, range(votes.num_rows)), pa.string()))
