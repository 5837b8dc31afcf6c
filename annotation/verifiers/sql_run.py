"""Runs queries on a database in memory and compares what they give: a script of its own, which is started in the sandbox.

It reads what to run as JSON from its input, and says over a channel what came of it, as JSON: whether the database and the known
queries work, and for the query under test whether it parses and executes, and beside each known query whether it gives the
same, with the tables and columns of both.
"""

import json
import math
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

_DIGITS = ".9g"
_LONGEST_WHY = 300


class QueryResult(NamedTuple):
    """What a query gave."""

    rows: list[tuple[Any, ...]] | None
    """Its rows, in order; None where it did not end well."""

    error: str
    """What the database said then."""

    is_timeout: bool = False
    """Whether it was ended after its seconds."""


def main(channel: int, job: Mapping[str, Any]) -> None:
    """Run a job and say what came of it."""
    import duckdb

    database = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": job["memory"]})
    database.execute(
        "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false; "
        "SET enable_external_access = false; SET lock_configuration = true"
    )
    try:
        for statements in job["database"]:
            database.execute(statements)
        names = _names(database)
        golds = [(_parsed(database, gold), _result(database, gold, job)) for gold in job["golds"]]
    except duckdb.Error as error:
        _tell(channel, {"broken": f"the database: {_text(error)}"})
        return
    for gold, (tree, result) in zip(job["golds"], golds, strict=True):
        if tree is None or result.rows is None:
            why = result.error or "it is no SELECT statement"
            _tell(channel, {"broken": f"the known query {gold[:100]!r}: {why}"})
            return
    _tell(channel, {"ready": True})
    tree = _parsed(database, job["query"])
    found = QueryResult(None, "it is not one SELECT statement that can be read")
    if tree is not None:
        found = _result(database, job["query"], job)
    said = {
        "parses": tree is not None,
        "executes": found.rows is not None,
        "error": found.error,
        "is_timeout": found.is_timeout,
        "names": sorted(_used(tree, names)),
        "golds": [
            {
                "same": found.rows is not None
                and same_rows(result.rows or [], found.rows, is_ordered(gold)),
                "names": sorted(_used(gold, names)),
            }
            for gold, result in golds
        ],
    }
    _tell(channel, said)


def _parsed(database: Any, query: str) -> Any:
    """Return the syntax tree of a query; None where it is not one SELECT statement."""
    tree = json.loads(
        database.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchone()[0]
    )
    return tree if not tree["error"] and len(tree["statements"]) == 1 else None


def _result(database: Any, query: str, job: Mapping[str, Any]) -> QueryResult:
    import duckdb

    timer = threading.Timer(job["timeout_s"], database.interrupt)
    timer.start()
    try:
        rows = database.execute(query).fetchmany(job["max_rows"] + 1)
    except duckdb.InterruptException:
        return QueryResult(None, f"still ran after {job['timeout_s']:g} s", is_timeout=True)
    except duckdb.Error as error:
        return QueryResult(None, _text(error))
    finally:
        timer.cancel()
    if len(rows) > job["max_rows"]:
        return QueryResult(None, f"gives more than {job['max_rows']} rows")
    return QueryResult(rows, "")


def _names(database: Any) -> set[str]:
    rows = database.execute("SELECT table_name, column_name FROM duckdb_columns()").fetchall()
    return {name.lower() for row in rows for name in row}


def _used(tree: Any, names: set[str]) -> Iterator[str]:
    """List the tables and columns of the database that a query names, "*" among the columns."""
    for node in _nodes(tree):
        if node.get("type") == "BASE_TABLE" and str(node["table_name"]).lower() in names:
            yield f"table {node['table_name'].lower()}"
        if node.get("class") == "COLUMN_REF" and str(node["column_names"][-1]).lower() in names:
            yield f"column {node['column_names'][-1].lower()}"
        if node.get("class") == "STAR":
            yield "column *"
        for name in node.get("using_columns") or ():
            yield f"column {name.lower()}"


def _nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def is_ordered(tree: Any) -> bool:
    """Whether a query says in which order its rows come."""
    modifiers = tree["statements"][0]["node"].get("modifiers") or ()
    return any(modifier["type"] == "ORDER_MODIFIER" for modifier in modifiers)


def same_rows(
    expected: Sequence[tuple[Any, ...]], found: Sequence[tuple[Any, ...]], ordered: bool
) -> bool:
    """Compare rows, each as often as it stands there; in their order where that counts. Names of columns do not."""
    keys = [[tuple(map(_key, row)) for row in rows] for rows in (expected, found)]
    return keys[0] == keys[1] if ordered else Counter(keys[0]) == Counter(keys[1])


def _key(value: Any) -> tuple[str, Any]:
    """Return what two values share that are the same: numbers of any kind by value, to nine digits."""
    if value is None:
        return "null", None
    if isinstance(value, bool):
        return "truth", value
    if isinstance(value, int | float | Decimal):
        if isinstance(value, int) or (math.isfinite(value) and value == int(value)):
            return "number", int(value)
        return "number", format(float(value), _DIGITS)
    return type(value).__name__, repr(value)


def _text(error: Exception) -> str:
    return str(error).split("\n")[0][:_LONGEST_WHY]


def _tell(channel: int, what: Mapping[str, Any]) -> None:
    os.write(channel, (json.dumps(what) + "\n").encode())


if __name__ == "__main__":
    sys.path.extend(sys.argv[2:])
    main(int(sys.argv[1]), json.load(sys.stdin))
