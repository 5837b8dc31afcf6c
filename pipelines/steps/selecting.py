"""What a step works on: the prompts, responses or comparisons that its `of` chooses."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from winnow.pipelines.steps.step import WorksOn
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.conditioned import UNCONDITIONED
from winnow.schemas.errors import UnknownName
from winnow.schemas.labels import Label
from winnow.schemas.likeliest import LIKELIEST_SQL
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.selections import Selection
from winnow.warehouse.staging import Staging

SURE_FROM = 0.8
"""A label whose likeliest verdict is less probable than this is doubtful."""

_READ: tuple[type[Record], ...] = (Prompt, Response, Comparison, Label, Selection)

_NAME = re.compile(r"[a-z][a-z0-9_]*")

_VIEWS = f"""
create view of_comparisons as
select
    c.*, p.domain, p.language, l.p_a, l.p_b, l.p_tie, l.n_judgments, l.agreement,
    greatest(l.p_a, l.p_b, l.p_tie) as confidence,
    abs(l.p_a - l.p_b) as margin,
    list_sum(list_transform([l.p_a, l.p_b, l.p_tie], p -> case when p > 0 then -p * ln(p) when p = 0 then 0 end)) as entropy,
    {LIKELIEST_SQL} as verdict
from comparisons as c
left join prompts as p using (prompt_id)
left join labels as l using (comparison_id);

create view of_responses as
with sides as (
    select response_ids[1] as response_id, p_a + p_tie / 2 as won from of_comparisons where p_a is not null
    union all
    select response_ids[2], p_b + p_tie / 2 from of_comparisons where p_a is not null
),
rates as (select response_id, avg(won) as win_rate, count(*) as n_labels from sides group by response_id)
select
    r.*, p.domain, p.language, s.win_rate, s.n_labels,
    case when s.win_rate is not null then row_number() over from_best end as place,
    count(s.win_rate) over (partition by r.prompt_id) as n_placed
from responses as r
left join prompts as p using (prompt_id)
left join rates as s using (response_id)
window from_best as (partition by r.prompt_id order by s.win_rate desc nulls last, r.response_id);

create view of_prompts as
select
    p.*,
    coalesce(r.n, 0) as n_responses,
    c.confidence,
    c.entropy
from prompts as p
left join (select prompt_id, count(*) as n from responses group by prompt_id) as r using (prompt_id)
left join (select prompt_id, min(confidence) as confidence, max(entropy) as entropy from of_comparisons group by prompt_id) as c using (prompt_id);
"""

_ID: dict[WorksOn, str] = {
    "prompts": "prompt_id",
    "responses": "response_id",
    "comparisons": "comparison_id",
}

_AS: dict[tuple[WorksOn, WorksOn], str] = {
    ("comparisons", "prompts"): "select prompt_id as id from comparisons semi join found on comparison_id = found.id",
    ("comparisons", "responses"): "select unnest(response_ids) as id from comparisons semi join found on comparison_id = found.id",
    ("responses", "prompts"): "select prompt_id as id from responses semi join found on response_id = found.id",
    ("responses", "comparisons"): "select comparison_id as id from (select comparison_id, unnest(response_ids) as r from comparisons) semi join found on r = found.id",
    ("prompts", "responses"): "select response_id as id from responses semi join found on prompt_id = found.id",
    ("prompts", "comparisons"): "select comparison_id as id from comparisons semi join found on prompt_id = found.id",
}  # fmt: skip
"""What one kind of subject means for another: those that it stands in, or that stand in it."""


class NamedChoice(NamedTuple):
    """A choice with a name."""

    kind: WorksOn
    """What it chooses from."""

    condition: str
    """SQL on a row of it."""


CHOICES: dict[str, NamedChoice] = {
    "doubtful": NamedChoice("comparisons", f"coalesce(confidence, 0) < {SURE_FROM}"),
    "worst": NamedChoice("responses", "place = n_placed and n_placed > 1"),
    "best": NamedChoice("responses", "place = 1 and n_placed > 1"),
    "conditioned": NamedChoice(
        "prompts", f"coalesce(contains(metadata, '\"{UNCONDITIONED}\"'), false)"
    ),
}
"""By the name that `of` gives: comparisons without a sure label; of each prompt, the response that labels prefer least, or most;
prompts under a condition."""


def choose(of: str, kind: WorksOn, staging: Staging) -> pa.Array:
    """List what a step works on.

    Args:
        of: A name in `CHOICES` or of a selection, or a condition in SQL on a row of what the step works on.
        kind: What the step works on.
        staging: Holds prompts, responses, comparisons, labels and selections.

    Returns:
        Ids, sorted, each once.
    """
    with _connection({record: _rows(record, staging) for record in _READ}) as con:
        found_kind, query = _query(of, kind, con)
        con.execute(f"create table found as select distinct id from ({query})")
        if found_kind != kind:
            query = f"select distinct id from ({_AS[found_kind, kind]})"
            return con.execute(f"{query} order by id").to_arrow_table()["id"].combine_chunks()
        return (
            con.execute("select id from found order by id").to_arrow_table()["id"].combine_chunks()
        )


def in_order(kind: WorksOn, by: str | None, chosen: pa.Array | None, staging: Staging) -> pa.Table:
    """Put subjects in order.

    Args:
        kind: What they are.
        by: SQL on a row of them that is smallest for the first; None for the order of their ids.
        chosen: Ids of those that count; None for all.
        staging: As for `choose`.

    Returns:
        Columns id and prompt_id.
    """
    with _connection({record: _rows(record, staging) for record in _READ}) as con:
        among = ""
        if chosen is not None:
            con.register("chosen", pa.table({"id": chosen}))
            among = f"semi join chosen on {_ID[kind]} = chosen.id"
        order = f"({by}) nulls last, id" if by else "id"
        return con.execute(
            f"select {_ID[kind]} as id, prompt_id from of_{kind} {among} order by {order}"
        ).to_arrow_table()


def check_of(
    of: str, kind: WorksOn, selections: Mapping[str, WorksOn], *, is_labelled: bool
) -> None:
    """Check, before a run begins, what `of` says.

    Args:
        of: As for `choose`.
        kind: What the step works on.
        selections: Steps `select` ahead of it, by name.
        is_labelled: Whether a step `aggregate` stands ahead of it.

    Raises:
        ValueError: It is no name that is known and no condition; or it asks for labels before there are any.
    """
    if _NAME.fullmatch(of):
        if of not in selections and of not in CHOICES:
            raise UnknownName.among("choice", of, [*CHOICES, *selections])
        if of in CHOICES and not is_labelled:
            raise ValueError(
                f"{of!r} looks at labels, and there are none yet; put an aggregate step before it"
            )
        return
    check_sql(of, kind)


def check_sql(expression: str, kind: WorksOn) -> None:
    """Check an expression in SQL against the columns of what a step works on.

    Raises:
        ValueError: It cannot be computed; says why, in a line, and which columns there are.
    """
    with _connection({record: record.arrow_schema().empty_table() for record in _READ}) as con:
        try:
            if len(con.extract_statements(f"select {expression}")) != 1:
                raise ValueError(f"{expression!r} is more than one expression in SQL; give one")
            con.execute(f"select ({expression}) from of_{kind}")
        except duckdb.Error as error:
            columns = ", ".join(row[0] for row in con.execute(f"describe of_{kind}").fetchall())
            said = str(error).splitlines()[0]
            raise ValueError(
                f"{expression!r} is no expression in SQL on {kind} ({said}); their columns: {columns}"
            ) from None


def _query(of: str, kind: WorksOn, con: duckdb.DuckDBPyConnection) -> tuple[WorksOn, str]:
    if choice := CHOICES.get(of):
        return (
            choice.kind,
            f"select {_ID[choice.kind]} as id from of_{choice.kind} where {choice.condition}",
        )
    if _NAME.fullmatch(of):
        con.execute("set variable selection = $1", [of])
        of_kind = con.execute(
            "select any_value(subjects) from selections where name = $1", [of]
        ).fetchone()
        found: WorksOn = (of_kind and of_kind[0]) or kind
        return (
            found,
            "select subject_id as id from selections where name = getvariable('selection')",
        )
    return kind, f"select {_ID[kind]} as id from of_{kind} where ({of})"


def _rows(record: type[Record], staging: Staging) -> Any:
    """Return the staged rows of a table, of which no column is read that nobody asks for."""
    import pyarrow.dataset as ds  # brings pandas along

    schema, files = record.arrow_schema(), staging.files(record)
    # What parts from before lack is filled in where they are read whole.
    if not files or any(pq.read_schema(path) != schema for path in files):
        return staging.read(record)
    return ds.dataset([str(path) for path in files], schema=schema, format="parquet")


def _connection(tables: Mapping[type[Record], Any]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    # A condition of the settings reads the tables of the run and nothing else.
    con.execute("set enable_external_access = false")
    for record, table in tables.items():
        con.register(record.table, table)
    con.execute(_VIEWS)
    return con
