import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.annotation.toy import respond, view
from winnow.annotation.sandbox import Ended, why_unavailable
from winnow.annotation.verifier import Finding
from winnow.annotation.verifiers import SqlVerifier
from winnow.annotation.verifiers.sql import SqlWeights, jaccard
from winnow.annotation.verifiers.sql_run import same_rows
from winnow.schemas.prompts import Prompt

pytestmark = pytest.mark.skipif(
    why_unavailable() is not None, reason=f"no isolation here: {why_unavailable()}"
)

DATABASE = [
    "CREATE TABLE pupils (name TEXT, age INTEGER, class TEXT)",
    "INSERT INTO pupils VALUES ('Ann', 9, 'a'), ('Ben', 10, 'a'), ('Cid', 10, 'b'), ('Dan', NULL, 'b')",
]
GOLD = "SELECT class, age FROM pupils WHERE name <> 'Ann'"


def prompt(gold: Any = GOLD, **metadata: Any) -> Prompt:
    return view(
        "", "", metadata=json.dumps({"database": DATABASE, "query": gold, **metadata})
    ).prompt


def found(query: str, gold: Any = GOLD, **settings: Any) -> Finding:
    asked = prompt(gold)
    text = f"So:\n```sql\n{query}\n```" if not query.startswith("!") else query[1:]
    return SqlVerifier(**settings).examine(asked, respond(asked, text))


def parts(finding: Finding) -> dict[str, float]:
    return {part.name: part.score for part in finding.parts}


@pytest.mark.parametrize(
    ("gold", "query", "same"),
    [
        (GOLD, "select class as c, age + 0.0 from pupils where not name = 'Ann' order by age;", True),
        (GOLD, "SELECT age, class FROM pupils WHERE name <> 'Ann'", False),
        (GOLD, "SELECT class, age FROM pupils WHERE name <> 'Ann' AND age IS NOT NULL", False),
        ("SELECT age FROM pupils", "SELECT DISTINCT age FROM pupils", False),
        ("SELECT age FROM pupils", "SELECT age FROM pupils UNION ALL SELECT age FROM pupils", False),
        ("SELECT name FROM pupils ORDER BY name", "SELECT name FROM pupils ORDER BY name DESC", False),
        ("SELECT name FROM pupils ORDER BY 1", "SELECT name FROM pupils ORDER BY name", True),
        ("SELECT name FROM pupils", "SELECT name FROM pupils ORDER BY name DESC", True),
        ("SELECT avg(age) FROM pupils", "SELECT sum(age) / count(age) FROM pupils", True),
        ("SELECT avg(age) FROM pupils", "SELECT sum(age) / count(*) FROM pupils", False),
        ("SELECT name FROM pupils WHERE age > 99", "SELECT class FROM pupils WHERE 1 = 0", True),
        (["SELECT 1", "SELECT max(age) FROM pupils"], "SELECT 10", True),
    ],
)  # fmt: skip
def test_rows_are_compared_with_how_often_they_occur_and_in_order_where_the_gold_has_one(
    gold: Any, query: str, same: bool
) -> None:
    finding = found(query, gold)
    assert parts(finding)["result"] == same, finding.reason
    assert (finding.score or 0) > 0.5 if same else (finding.score or 0) <= 0.5


@pytest.mark.parametrize(
    ("query", "failed", "reason"),
    [
        (GOLD, (), "gives what the known query gives"),
        ("SELECT name FROM pupils", ("result",), "gives other rows than the known query"),
        ("SELECT nme FROM pupils", ("result", "executes"), 'Binder Error: Referenced column "nme" not found'),
        ("SELEC name", ("result", "executes", "parses"), "not one SELECT statement"),
        ("DROP TABLE pupils", ("result", "executes", "parses"), "not one SELECT statement"),
        (f"{GOLD}; DROP TABLE pupils", ("result", "executes", "parses"), "not one SELECT statement"),
        ("SELECT * FROM read_csv('/etc/passwd')", ("result", "executes"), "Permission Error"),
        ("SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000) c", ("result", "executes"), "timeout: still ran"),
        ("SELECT list(range) FROM range(99000000)", ("result", "executes"), "Out of Memory Error"),
        ("SELECT * FROM range(200000)", ("result", "executes"), "gives more than 100000 rows"),
    ],
)  # fmt: skip
def test_what_fails_is_named_and_why(query: str, failed: tuple[str, ...], reason: str) -> None:
    finding = found(query, timeout_s=2, memory_mb=64)
    assert (finding.status, finding.failed) == ("measured", failed)
    assert reason in finding.reason
    assert finding.extracted == query


def test_parts_say_how_near_a_wrong_query_came() -> None:
    near, far = found("SELECT class FROM pupils WHERE name <> 'Ann'"), found("SELECT 1")
    assert parts(near) == {
        "result": 0,
        "executes": 1,
        "parses": 1,
        "schema_link": 0.75,  # table pupils, columns class and name, of these and age
        "ngrams": pytest.approx(8 / 12, abs=1e-6),
        "format": 1,
    }
    assert parts(far)["schema_link"] == 0
    assert (far.score or 0) < (near.score or 0) < 0.5


@pytest.mark.parametrize(
    ("text", "status", "form"),
    [
        ("!" + GOLD, "measured", 0),
        (f"!```\n{GOLD}\n```", "measured", 0),
        (f"!```sql\nSELECT 1\n```\n```sql\n{GOLD}\n```", "measured", 0),
        ("!I cannot tell.", "no_answer", None),
        ("!", "no_answer", None),
    ],
)
def test_a_response_in_another_form_is_read_where_it_is_clear(
    text: str, status: str, form: float | None
) -> None:
    finding = found(text)
    assert finding.status == status
    if form is None:
        assert finding.score == 0
    else:
        assert parts(finding)["format"] == form and parts(finding)["result"] == 1


@pytest.mark.parametrize(
    ("gold", "database", "reason"),
    [
        (
            "SELECT nme FROM pupils",
            DATABASE,
            "the known query 'SELECT nme FROM pupils': Binder Error",
        ),
        ("DROP TABLE pupils", DATABASE, "the known query 'DROP TABLE pupils': it is no SELECT"),
        (GOLD, "CREATE TABLE", "the database: Parser Error"),
        (GOLD, "COPY (SELECT 1) TO '/tmp/left.csv'", "the database: Permission Error"),
    ],
)
def test_what_the_prompt_brought_wrong_is_no_fault_of_a_response(
    gold: str, database: Any, reason: str
) -> None:
    asked = prompt(gold, database=database)
    finding = SqlVerifier().examine(asked, respond(asked, f"```sql\n{GOLD}\n```"))
    assert (finding.status, finding.score) == ("error", None)
    assert reason in finding.reason


def test_a_prompt_without_a_database_or_query_gives_nothing_to_measure_by() -> None:
    for asked in (prompt(database=None), prompt(None), view("", "").prompt):
        assert SqlVerifier().examine(asked, respond(asked, "SELECT 1")).score is None


def test_the_reference_is_the_known_query_where_the_metadata_has_none() -> None:
    asked = view("", "", reference=GOLD, metadata=json.dumps({"ddl": "; ".join(DATABASE)})).prompt
    verifier = SqlVerifier(database_key="ddl")
    right, wrong = verifier.examine_all(asked, [respond(asked, GOLD), respond(asked, "SELECT 1")])
    assert parts(right)["result"] == 1
    assert verifier.compare(wrong, right).verdict == "b"


def test_a_broken_sandbox_is_no_wrong_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("winnow.annotation.verifiers.sql.interpreter", lambda: "/nowhere/python")
    finding = found(GOLD)
    assert (finding.status, finding.score) == ("error", None)
    assert "/nowhere/python: No such file or directory" in finding.reason


def test_a_query_that_takes_the_database_with_it_has_not_executed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crashed = Ended("killed", -11, "SIGSEGV", b"", b"", b'{"ready": true}\n')
    monkeypatch.setattr("winnow.annotation.verifiers.sql.run", lambda *_, **__: crashed)
    finding = found(GOLD)
    assert (finding.status, finding.failed) == ("measured", ("result", "executes"))
    assert finding.reason == "killed: SIGSEGV"


def test_a_wrong_query_can_never_score_above_a_right_one() -> None:
    with pytest.raises(ValueError, match=r"weights\.result is 1 and the others come to 3"):
        SqlWeights(result=1)


VALUES = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "1"])
ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=6)


@given(ROWS, st.randoms())
def test_rows_in_any_order_are_the_same_and_one_more_is_not(rows: Any, random: Any) -> None:
    other = list(rows)
    random.shuffle(other)
    assert same_rows(rows, other, ordered=False)
    assert same_rows(rows, other, ordered=True) == (rows == other and _kinds(rows) == _kinds(other))
    assert not same_rows(rows, [*other, (None, None)], ordered=False)


def _kinds(rows: Any) -> Any:
    return [[type(value) for value in row] for row in rows]


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_a_jaccard_index_counts_what_both_have(one: set[int], other: set[int]) -> None:
    both, either = sum(x in other for x in one), sum(x in one or x in other for x in range(10))
    assert jaccard(one, other) == (both / either if either else 0)
