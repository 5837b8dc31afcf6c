import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipelines.reading.conftest import write_lines
from winnow.pipelines.reading import Inputs, read_inputs
from winnow.schemas.errors import CurationError
from winnow.schemas.prompts import Prompt
from winnow.schemas.rejects import Reject
from winnow.warehouse.staging import Staging

TEXT = st.text(st.characters(exclude_categories=()), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
TURN = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["system", "user", "assistant", "tool", "boss"]) | JSON,
        "content": TEXT
        | st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": TEXT}))
        | JSON,
        "tool_calls": st.lists(st.fixed_dictionaries({"name": TEXT, "arguments": JSON}), max_size=2)
        | JSON,
        "name": TEXT | JSON,
    },
)
ROW = st.fixed_dictionaries(
    {},
    optional={
        "id": TEXT | JSON,
        "prompt": TEXT | st.lists(TURN, max_size=3) | JSON,
        "messages": st.lists(TURN, max_size=3) | JSON,
        "system": TEXT | JSON,
        "tools": JSON,
        "contexts": JSON,
        "reference": TEXT | JSON,
        "responses": st.lists(
            TEXT | st.fixed_dictionaries({"text": TEXT, "sample_index": JSON}) | JSON
        )
        | JSON,
        "chosen": TEXT | st.lists(TURN, max_size=3) | JSON,
        "rejected": TEXT | st.lists(TURN, max_size=3) | JSON,
        "response_a": TEXT | JSON,
        "verdict": st.sampled_from(["a", "b", "tie"]) | JSON,
        "annotator": TEXT | JSON,
        "strength": JSON,
        "probability": JSON,
        "created_at": JSON,
        "judgments": st.lists(st.fixed_dictionaries({"annotator": TEXT, "verdict": JSON}) | JSON),
        "item_id": JSON,
    },
)
LINE = (
    ROW.map(json.dumps)
    | JSON.map(json.dumps)
    | st.binary(max_size=20).map(lambda b: b.replace(b"\n", b""))
)


def adds_up(key: str, lines: list[str | bytes]) -> None:
    good = {"prompt": "good", "response_a": "x", "response_b": "y"}
    with TemporaryDirectory() as folder:
        path = write_lines(Path(folder) / "a.jsonl", (good, *lines))
        inputs = Inputs.model_validate({key: {"path": path, "max_malformed": 1}})
        staging = Staging(Path(folder) / "staging")
        counts = read_inputs(inputs, staging, "r")
        assert all(c.n_in == c.n_out + sum(r.n for r in c.rejects) for c in counts)
        assert sum(c.n_in - c.n_out for c in counts) == staging.n_rows(Reject)
        n_lines = 1 + sum(bool((x if isinstance(x, bytes) else x.encode()).strip()) for x in lines)
        assert next(c.n_in for c in counts if c.unit == key) == n_lines
        ids = staging.read(Prompt)["prompt_id"].to_pylist()
        assert len(set(ids)) == len(ids)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINE, max_size=6))
def test_no_line_of_prompts_raises_and_every_one_comes_out_or_is_rejected(
    lines: list[str | bytes],
) -> None:
    adds_up("prompts", lines)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINE, max_size=6))
def test_no_line_of_comparisons_raises_and_every_one_comes_out_or_is_rejected(
    lines: list[str | bytes],
) -> None:
    adds_up("comparisons", lines)


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=200), st.sampled_from(["jsonl", "json", "csv", "tsv", "parquet", "jsonl.gz"])
)
def test_no_bytes_under_any_name_raise_anything_but_a_named_error(
    content: bytes, suffix: str
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{suffix}"
        path.write_bytes(content)
        inputs = Inputs.model_validate({"prompts": {"path": path, "max_malformed": 1}})
        try:
            read_inputs(inputs, Staging(Path(folder) / "staging"), "r")
        except CurationError as error:
            assert "\n" not in str(error)
