import pickle
from itertools import pairwise

import duckdb
import pyarrow as pa
import pytest
from pydantic import ValidationError

from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.errors import CurationError, UnknownName
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import Annotator, Label
from winnow.schemas.preferences import Preference
from winnow.schemas.prompts import Message, Prompt, ToolCall
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, MeasuredFigure, Proof, Rubric
from winnow.schemas.runs import Release, Run

RECORDS = [
    Prompt, Response, Comparison, Judgment, Gold, Rubric, Criterion,
    Label, Annotator, Preference, Reject, Run, Release,
]  # fmt: skip


def ask(*turns: str, **more: object) -> Prompt:
    roles = ("user", "assistant")
    messages = [Message(role=roles[i % 2], content=t) for i, t in enumerate(turns)]
    return Prompt.model_validate({"messages": messages, "source": "x.jsonl:1", **more})


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.__name__)
def test_every_column_has_a_description_and_every_key_a_column(record: type[Record]) -> None:
    schema = record.arrow_schema()
    assert [f.name for f in schema if b"description" not in (f.metadata or {})] == []
    assert set(record.key) <= set(schema.names)


def test_a_prompt_survives_arrow_whole() -> None:
    call = ToolCall(name="weather", arguments='{"city":"Oslo"}', id="c1")
    prompt = Prompt(
        messages=(
            Message(role="system", content="Be brief."),
            Message(role="user", content="Rain in Oslo?"),
            Message(role="assistant", tool_calls=(call,)),
            Message(role="tool", content="dry", tool_call_id="c1"),
        ),
        tools='[{"name":"weather"}]',
        source="x.jsonl:1",
    )
    assert Prompt.from_table(Prompt.to_table([prompt])) == [prompt]


def test_conversations_that_differ_in_any_turn_have_different_ids() -> None:
    prompts = [ask("a", "b", "c"), ask("a", "B", "c"), ask("a"), ask("a", tools="[]")]
    assert len({p.prompt_id for p in prompts}) == 4


def test_a_prompt_id_does_not_depend_on_where_the_prompt_came_from() -> None:
    assert ask("a").prompt_id == ask("a", source="y.jsonl:9", reference="r").prompt_id


def test_a_comparison_is_the_same_whichever_response_is_named_first() -> None:
    one = Comparison(prompt_id="p", response_ids=("y", "x"), strategy="all_pairs")
    other = Comparison(prompt_id="p", response_ids=("x", "y"), strategy="best_worst")
    assert one.comparison_id == other.comparison_id
    assert one.response_ids == ("x", "y")


def test_a_response_is_not_compared_with_itself() -> None:
    with pytest.raises(ValidationError, match="a response cannot be compared with itself"):
        Comparison(prompt_id="p", response_ids=("x", "x"), strategy="all_pairs")


def test_every_content_gives_a_response_an_id_of_its_own() -> None:
    fields = {"prompt_id": "p", "text": "t", "model": "m"}
    changes: list[dict[str, object]] = [{}, {"text": "u"}, {"model": "n"}, {"sample_index": 1}]
    ids = [Response.model_validate({**fields, **c}).response_id for c in changes]
    assert len(set(ids)) == 4


def test_cost_is_no_part_of_what_was_said() -> None:
    said = {"comparison_id": "c", "annotator_id": "j", "kind": "llm", "verdict": "a"}
    one, other = (Judgment.model_validate({**said, "cost": c}) for c in (None, 0.1))
    assert one.judgment_id == other.judgment_id


def test_ids_do_not_depend_on_the_order_of_keys() -> None:
    assert content_id({"a": 1, "b": "é"}) == content_id({"b": "é", "a": 1})


def test_a_lone_surrogate_has_no_id() -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        content_id("\ud800")


def test_an_unknown_type_names_what_is_possible() -> None:
    class Odd(Record):
        table = "odd"
        key = ("x",)
        x: complex

    with pytest.raises(TypeError, match="no Arrow type for <class 'complex'>; use str, int"):
        Odd.arrow_schema()


def test_errors_survive_pickling_with_their_facts() -> None:
    error = UnknownName.among("judge", "pairwse", ["rating", "pairwise"])
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == (
        "no judge named 'pairwse' (did you mean 'pairwise'?); known judges: pairwise, rating"
    )
    assert (copy.name, type(copy)) == ("pairwse", UnknownName)
    assert isinstance(copy, CurationError)


def test_tables_have_names_of_their_own() -> None:
    names = sorted(r.table for r in RECORDS)
    assert all(a != b for a, b in pairwise(names))


def test_an_empty_table_has_the_whole_schema() -> None:
    assert isinstance(Prompt.to_table([]).schema, pa.Schema)
    assert Prompt.to_table([]).schema.names == list(Prompt.model_fields)


def test_a_response_of_one_turn_keeps_the_id_it_had_before_there_were_several() -> None:
    one = Response(prompt_id="p", text="dry", model="m")
    parts = {"prompt_id": "p", "model": "m", "model_revision": None, "sampling": None}
    assert one.response_id == content_id(
        {**parts, "sample_index": 0, "text": "dry", "tool_calls": []}
    )


def test_the_turns_of_a_response_tell_it_from_another_and_survive_arrow() -> None:
    call = ToolCall(name="weather", arguments='{"city":"Oslo"}', id="c1")
    turns = (
        Message(role="assistant", tool_calls=(call,)),
        Message(role="tool", content="dry", tool_call_id="c1"),
    )
    several = Response(prompt_id="p", turns=turns, text="dry", model="m")
    assert several.response_id != Response(prompt_id="p", text="dry", model="m").response_id
    assert Response.from_table(Response.to_table([several])) == [several]


def test_model_and_version_of_annotators_from_before_are_read_from_their_names() -> None:
    names = ["pairwise@12:small#be9c5f", "form@2", "human:tiny", "someone@5.example"]
    found = Annotator.completed(pa.table({"annotator_id": names}))
    assert found["model"].to_pylist() == ["small", None, None, None]
    assert found["annotator_version"].to_pylist() == [12, 2, None, None]


def test_a_figure_that_is_missing_comes_back_from_duckdb_as_it_was() -> None:
    proof = Proof(run_id="r", rubric_id="tides", n_comparisons=9, is_kept=True)
    figure = Proof(**{**proof.model_dump(), "proof_id": "", "gain": MeasuredFigure(value=0.1, n=9)})
    with duckdb.connect() as con:
        con.register("proofs", Proof.to_table([proof, figure]))
        read = con.execute("SELECT * FROM proofs").to_arrow_table()
    assert Proof.from_table(read.cast(Proof.arrow_schema())) == [proof, figure]
