import re
from pathlib import Path

import pytest

from tests import orchard
from tests.warehouse.export.spoken import publish_cases
from winnow.reports.release.data import ReportData, read_report
from winnow.reports.release.page import render, tokens_of
from winnow.schemas.runs import ReasonCount, StageCount
from winnow.warehouse.catalog import Warehouse


@pytest.fixture(scope="module")
def data(orchard_warehouse: Warehouse) -> ReportData:
    return read_report(orchard_warehouse, "preferences@1")


def test_what_was_not_drawn_is_no_reject(data: ReportData) -> None:
    reasons = (ReasonCount(reason="not_sampled", n=30), ReasonCount(reason="malformed", n=1))
    read = StageCount(stage="read", unit="lines", n_in=71, n_out=40, rejects=reasons)
    run = data.provenance.run.model_copy(update={"counts": (read, *data.provenance.run.counts[1:])})
    not_drawn = {"stage": "read", "reason": "not_sampled", "n": 30, "examples": []}
    rows = data.rows | {"rejects": [not_drawn, *data.rows["rejects"]]}
    page = render(data._replace(provenance=data.provenance._replace(run=run), rows=rows))
    assert '<i class="lost-part" style="width:1.41%" title="malformed: 1"></i>' in page
    assert '<i class="not-drawn" style="width:42.25%" title="not drawn: 30"></i>' in page
    assert "30 records of the stage read were not drawn" in page
    assert "; 19 rejects on the way, each with its reason" in page
    assert "<td>not_sampled</td>" not in page
    assert 'not-drawn"' not in render(data)


def test_histograms_are_of_one_size_and_so_are_their_axes(data: ReportData) -> None:
    page = render(data)
    drawn = [re.search(rf'<svg [^>]*>(?:(?!</svg>).)*id="{name}-patch_2">\s*<path d="([^"]*)"', page, re.DOTALL)
             for name in ("confidence", "margins", "lengths")]  # fmt: skip
    assert len({found and found[1] for found in drawn} - {None}) == 1
    boxes = re.findall(r'<figure><svg [^>]*viewBox="([^"]*)"', page)
    assert len(boxes) == 3
    assert len(set(boxes)) == 1


def test_examples_say_which_response_is_a_and_which_is_chosen(data: ReportData) -> None:
    for example in data.examples:
        a, b = example.preference["response_ids"]
        of = {"a": a, "b": b}
        assert of[example.chosen_is] == example.preference["chosen_id"]
        assert {example.chosen_is, example.rejected_is} == {"a", "b"}
    page = render(data)
    for example in data.examples:
        heading = "one of two equals" if example.preference["is_tied"] else "chosen"
        assert f'<span class="letter">{example.chosen_is}</span> {heading} <small>' in page


def test_examples_show_every_turn_and_name_the_images_of_an_answer(tmp_path: Path) -> None:
    parts = ("an image in a response", "a response with calls and results")
    with publish_cases(tmp_path / "warehouse", only=parts) as warehouse:
        page = render(read_report(warehouse, "preferences@1"))
    assert page.index("Here it is:") < page.index("[image: cat.png]")
    called = page.index("set_level({&#34;at&#34;:1})")
    assert called < page.index("It is at one.", called) < page.index("Yes.", called)


def test_tokens_that_a_server_did_not_count_are_not_left_out_of_the_sum_in_silence() -> None:
    run = orchard.run()
    strong, tiny = run.models
    assert tokens_of(run) == {"read": "93,000", "cached": "", "generated": "24,100"}
    uncounted = {"n_prompt_tokens": None, "n_tokens": None, "n_uncounted": 90}
    one = run.model_copy(update={"models": (strong, tiny.model_copy(update=uncounted))})
    assert tokens_of(one)["read"] == "at least 41,000"
    assert tokens_of(one)["generated"] == "at least 9,100"
    none = run.model_copy(update={"models": (tiny.model_copy(update=uncounted),)})
    assert tokens_of(none) == {"read": "unknown", "cached": "", "generated": "unknown"}


def test_tokens_from_the_cache_are_shown_where_every_model_tells(data: ReportData) -> None:
    run = data.provenance.run
    uses = [
        u.model_copy(update={"n_cached_tokens": (u.n_prompt_tokens or 0) // 2}) for u in run.models
    ]
    told = run.model_copy(update={"models": tuple(uses)})
    page = render(data._replace(provenance=data.provenance._replace(run=told)))
    assert "93,000 read, 50\N{NO-BREAK SPACE}% of them cached" in page
    assert all(f'<td class="r">{use.n_cached_tokens:,}</td>' in page for use in uses)
    half = run.model_copy(update={"models": (uses[0], run.models[1])})
    assert tokens_of(half)["cached"] == ""
    assert "cached" not in render(data)
