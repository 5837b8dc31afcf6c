"""The verifier that runs a response's query and compares its result with that of the known query."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple, Self

from pydantic import Field, model_validator

from winnow.annotation.judge import Reading
from winnow.annotation.processors import n_processors
from winnow.annotation.sandbox import Ended, Isolation, Limits, interpreter, packages, run
from winnow.annotation.verifier import VERIFIERS, Finding, Measurement, Verifier
from winnow.annotation.verifiers.code_blocks import blocks_in, fenced_blocks
from winnow.annotation.verifiers.comparing import by_score
from winnow.schemas.base import Value
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response

_RUN = Path(__file__).with_name("sql_run.py")
_SQL = ("sql", "duckdb", "sqlite", "postgresql", "postgres", "mysql")
_BARE = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+(?:\.\d+)?|<=|>=|<>|!=|\|\||[^\s\w]")
_ADDRESS_SPACE_MB = 1024  # what DuckDB reserves beside the memory that it holds
_MARGIN_S = 5.0

Weight = Annotated[float, Field(ge=0)]


class SqlWeights(Value):
    """How much each part of the score counts; `result` no less than all others together."""

    result: Weight = 3.0
    """It gives what the known query gives."""

    executes: Weight = 0.5
    """It runs without an error."""

    parses: Weight = 0.5
    """It is one SELECT statement."""

    schema_link: Weight = 1.0
    """Jaccard index of the tables and columns that both queries name."""

    ngrams: Weight = 0.5
    """Jaccard index of the pairs of neighbouring tokens of both queries."""

    format: Weight = 0.5
    """The response has one fenced block that is marked as SQL."""

    @model_validator(mode="after")
    def _result_first(self) -> Self:
        others = sum(self.model_dump(exclude={"result"}).values())
        if self.result < others or not self.result:
            raise ValueError(
                f"weights.result is {self.result:g} and the others come to {others:g}, so that a query with another result "
                "could score higher than a right one; make result at least their sum and above 0, or lower them"
            )
        return self


class _Task(NamedTuple):
    """What a prompt asks a query about."""

    database: list[str]
    golds: list[str]


@VERIFIERS.register("sql", version=1)
class SqlVerifier(Verifier):
    """Run the query of a response on the database of its prompt and compare its rows with those of the known query.

    Rows are compared with how often each occurs, and in order only where the known query orders them. Names of columns do
    not count, the order of columns does; NULL equals NULL. The score, from 0 to 1, is the weighted mean of its parts: `result`,
    `executes`, `parses`, `schema_link`, `ngrams` and `format`. A right query always scores above any that is not.

    Each query runs in DuckDB, in memory, on a database of its own, without access to files or the network, in the sandbox.
    Where the database or the known query itself fails, there is no result.

    Source: Reasoning-SQL, for the parts.
    """

    needs: ClassVar[str] = "no_database"
    reads: ClassVar[str | None] = "metadata"

    database_key: str = "database"
    """Key of the prompt's metadata that holds the database, as a text or a list of SQL statements that create and fill tables."""

    query_key: str = "query"
    """Key of the prompt's metadata that holds the known query, or a list of such of which each will do; where the prompt has no
    such key, its reference is the known query."""

    weights: SqlWeights = SqlWeights()
    """How much each part of the score counts."""

    timeout_s: Annotated[float, Field(gt=0)] = 10.0
    """Seconds by the clock for each query."""

    memory_mb: Annotated[int, Field(ge=64)] = 512
    """Memory of a database and its query, in MiB."""

    max_rows: Annotated[int, Field(ge=1)] = 100_000
    """Rows of the longest result; a query that gives more does not execute."""

    isolation: Isolation = "full"
    """"weak" runs queries in a process without isolation where a machine gives none; DuckDB still opens no file for them."""

    at_once: Annotated[int, Field(ge=1)] | None = None
    """Queries that run at once; left out, as many as there are processors."""

    @property
    def isolates(self) -> bool:
        """Unless the settings do without."""
        return self.isolation == "full"

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Run the query of one response; None where the prompt has no database or no known query."""
        task = self._task(prompt)
        if task is None:
            return Finding(response_id=response.response_id, score=None)
        text = response.turn_texts()[-1]
        query = _query_in(text)
        if query is None:
            return Finding(
                response_id=response.response_id,
                score=0.0,
                status="no_answer",
                reason="no fenced block of SQL",
            )
        return self._finding(response, task, query, self._run(task, query))

    def examine_all(self, prompt: Prompt, responses: Sequence[Response]) -> Sequence[Finding]:
        """Run the queries of all responses, several at once."""
        at_once = self.at_once or n_processors()
        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(partial(self.examine, prompt), responses))

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the higher score; equal scores are a tie."""
        return by_score("sql", a, b)

    def _task(self, prompt: Prompt) -> _Task | None:
        brought = prompt.brought()
        database = _texts(brought.get(self.database_key))
        golds = _texts(brought.get(self.query_key)) or _texts(prompt.reference)
        return _Task(database, golds) if database and golds else None

    def _run(self, task: _Task, query: str) -> Ended:
        job = {
            "database": task.database,
            "golds": task.golds,
            "query": query,
            "memory": f"{self.memory_mb}MiB",
            "timeout_s": self.timeout_s,
            "max_rows": self.max_rows,
        }
        wall_s = self.timeout_s * (len(task.golds) + 2) + _MARGIN_S
        return run(
            [interpreter(), "-I", "sql_run.py", "{channel}", *map(str, packages())],
            files={"sql_run.py": _RUN.read_text("utf-8")},
            stdin=json.dumps(job).encode(),
            limits=Limits(
                wall_s=wall_s, cpu_s=int(wall_s), memory_mb=self.memory_mb + _ADDRESS_SPACE_MB
            ),
            isolation=self.isolation,
            reads=packages(),
            has_channel=True,
        )

    def _finding(self, response: Response, task: _Task, query: str, ended: Ended) -> Finding:
        told: dict[str, Any] = {}
        for line in ended.channel.split(b"\n")[:-1]:
            told |= json.loads(line)
        if "ready" not in told:
            why = told.get("broken") or f"the database was not ready: {_why_ended(ended)}"
            return Finding(response_id=response.response_id, score=None, status="error", reason=why)
        if "parses" not in told:  # the query took the whole process with it
            told |= {"parses": True, "executes": False, "error": _why_ended(ended), "golds": []}
        parts = max(
            (
                _parts(told, gold, query, known)
                for gold, known in zip(told["golds"], task.golds, strict=False)
            ),
            key=self._score,
            default=_parts(told, {}, query, task.golds[0]),
        )
        marked = [one for one in fenced_blocks(response.turn_texts()[-1]) if one.language in _SQL]
        parts["format"] = float(len(marked) == 1)
        return Finding(
            response_id=response.response_id,
            score=round(self._score(parts), 6),
            failed=tuple(name for name in ("result", "executes", "parses") if not parts[name]),
            reason="; ".join(_reasons(told, parts)),
            extracted=query,
            parts=tuple(
                Measurement(name=name, score=round(value, 6)) for name, value in parts.items()
            ),
        )

    def _score(self, parts: Mapping[str, float]) -> float:
        weights = self.weights.model_dump()
        return sum(weights[name] * value for name, value in parts.items()) / sum(weights.values())


def _parts(
    told: Mapping[str, Any], gold: Mapping[str, Any], query: str, known: str
) -> dict[str, float]:
    return {
        "result": float(gold.get("same", False)),
        "executes": float(told["executes"]),
        "parses": float(told["parses"]),
        "schema_link": jaccard(set(told.get("names", ())), set(gold.get("names", ()))),
        "ngrams": jaccard(_pairs(query), _pairs(known)),
    }


def jaccard(one: set[Any], other: set[Any]) -> float:
    """Return the share of what is in either set that is in both; 0 of two empty ones."""
    return len(one & other) / len(one | other) if one | other else 0.0


def _pairs(query: str) -> set[tuple[str, str]]:
    tokens = [token if token[0] == "'" else token.lower() for token in _TOKEN.findall(query)]
    tokens = [token for token in tokens if token != ";"]
    return set(zip(["", *tokens], [*tokens, ""], strict=True))


def _query_in(text: str) -> str | None:
    blocks = blocks_in(text, _SQL)
    if blocks:
        return blocks[-1].strip()
    return text.strip() if _BARE.match(text) else None


def _reasons(told: Mapping[str, Any], parts: Mapping[str, float]) -> Iterator[str]:
    if parts["result"]:
        yield "gives what the known query gives"
    elif told["executes"]:
        yield "gives other rows than the known query"
    else:
        yield f"{'timeout: ' if told.get('is_timeout') else ''}{told['error']}"


def _why_ended(ended: Ended) -> str:
    said = ended.stderr.decode(errors="replace").strip().splitlines()
    return f"{ended.reason}: {ended.said}{f' ({said[-1][:200]})' if said else ''}"


def _texts(brought: Any) -> list[str]:
    if isinstance(brought, str):
        return [brought] if brought.strip() else []
    return [str(one) for one in brought] if isinstance(brought, list) else []
