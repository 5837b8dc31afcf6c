import re
from pathlib import Path

import pytest

from tests.annotation.evaluation.made_up import both, gold, items, judgments
from winnow.annotation.evaluation import Evaluation, evaluate
from winnow.reports.evaluation.page import render

SIDES = {str(k): "ab"[k % 2] for k in range(12)}


def measured(*, judges: tuple[str, ...] = ("<i>sly</i>", "pairwise@1:tiny"), **more) -> Evaluation:
    rows = [
        row
        for j, judge in enumerate(judges)
        for k, side in SIDES.items()
        for row in (both(k, judge, "a", "b") if j else both(k, judge, side, side))
    ]
    known = [
        {"item_id": k, "prompt": f"p{k}", "subset": "st"[int(k) % 2], "n_chars_a": 5, "n_chars_b": 9}
        for k in SIDES
    ]  # fmt: skip
    asked = ["tiny" if judge.endswith(":tiny") else None for _, judge, _, _ in rows]
    return evaluate(judgments(*rows, model=asked, **more), gold(**SIDES), items(*known))


@pytest.fixture(scope="module")
def page() -> str:
    return render(measured(), title="a <set>", facts={"data": "made up"})


def test_the_page_needs_nothing_else_and_runs_nothing(page: str) -> None:
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=\"(?!#)", page.replace('xlink:href="#', ""))
    assert "default-src 'none'" in page
    assert page.count("<svg") >= 5


def test_names_are_escaped(page: str) -> None:
    assert "<i>sly</i>" not in page
    assert "&lt;i&gt;sly&lt;/i&gt;" in page
    assert "a &lt;set&gt;" in page


def test_a_name_that_looks_like_a_formula_or_turns_the_text_is_a_name() -> None:
    page = render(measured(judges=("$\\no$ \u202e\x1b", "b")), title="t", facts={})
    assert "$\\no$ �␛" in page
    assert "\u202e" not in page and "\x1b" not in page


def test_the_stand_in_is_called_that_wherever_it_appears(page: str) -> None:
    named = re.findall(r"pairwise@1:tiny(.{0,20})", page)
    assert named
    assert all(after.startswith(" (stand-in model)") for after in named)


def test_the_page_says_who_is_best_and_who_contradicts_itself(page: str) -> None:
    text = re.sub(r"<[^>]+>", "", page)
    assert "Best single judge: &lt;i&gt;sly&lt;/i&gt;, right in 100.0% of 12 comparisons" in text
    assert "pairwise@1:tiny (stand-in model): 0.0% hold" in text


def test_what_is_not_known_is_said_and_not_drawn() -> None:
    rows = [(k, "one", None, side) for k, side in SIDES.items()]
    bare = evaluate(judgments(*rows), gold(**SIDES), items(*({"item_id": k} for k in SIDES)))
    text = render(bare, title="bare", facts={})
    for said in (
        "name neither subsets nor languages", "No order was recorded", "lengths of the responses are not known",
        "states a probability or a strength", "unknown",
    ):  # fmt: skip
        assert said in text


def test_stated_probabilities_are_drawn_and_strengths_listed() -> None:
    sure = [0.1 if side == "a" else 0.9 for side in SIDES.values() for _ in "xx"]
    text = render(measured(judges=("j",), probability=sure), title="t", facts={})
    assert "calibration error 0.100 over 12 comparisons" in text
    strong = [-2.0 if side == "a" else 2.0 for side in SIDES.values() for _ in "xx"]
    text = render(measured(judges=("j",), strength=strong), title="t", facts={})
    assert re.search(r"<td class=\"r\">2\.0</td><td class=\"r\">100\.0%", text)


def test_the_page_is_the_same_each_time(tmp_path: Path) -> None:
    one, other = (render(measured(), title="t", facts={}) for _ in range(2))
    assert one == other
