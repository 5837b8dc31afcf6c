"""How often form decides on real comparisons with gold, and how often it is right."""

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.annotation.toy import view
from winnow.annotation.verifiers import FormVerifier

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not (DATA / "llmbar").is_dir(), reason="needs the development sets in ../shared/data"
)


def figures(name: str) -> Counter[str]:
    table = pq.read_table(DATA / name / "gold.parquet")
    gold = dict(zip(table["item_id"].to_pylist(), table["verdict"].to_pylist(), strict=True))
    form, found = FormVerifier(), Counter[str]()
    for pair in pq.read_table(DATA / name / "pairs.parquet").to_pylist():
        asked = ({"role": "user", "content": pair["prompt"]},)
        sides = view(pair["response_a"] or "", pair["response_b"] or "", messages=asked)
        a, b = (form.examine(sides.prompt, response) for response in (sides.a, sides.b))
        verdict, truth = form.compare(a, b).verdict, gold.get(pair["item_id"], "tie")
        if verdict != "tie":
            found["decided"] += 1
            found["right" if verdict == truth else "tied" if truth == "tie" else "wrong"] += 1
    print(name, dict(found))
    return found


def test_on_pandalm_form_is_right_in_nine_of_ten_that_it_decides() -> None:
    found = figures("pandalm")
    assert found["decided"] >= 60
    assert found["right"] >= 0.9 * (found["right"] + found["wrong"])


def test_on_llmbar_form_decides_nothing_wrongly() -> None:
    assert figures("llmbar")["wrong"] == 0
