"""Which comparisons rubrics are derived from, and which are held out."""

from itertools import combinations
from pathlib import Path

from tests.pipelines.toy import answer, ask, compare_two, stage
from winnow.pipelines.rubrics.holding_out import Division, held_out
from winnow.schemas.comparisons import Comparison
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response

TREES = "Which trees keep their leaves in the winter of the far north, and why do they keep them"
OTHERS = ["A short answer.", "Rivers run downhill.", "It depends on whom you ask.", "Seven."]


def pairs_of(prompt: Prompt, texts: list[str]) -> tuple[list[Response], list[Comparison]]:
    responses = [answer(prompt, text) for text in texts]
    return responses, [compare_two(*two) for two in combinations(responses, 2)]


def divided(root: Path, *asked: tuple[Prompt, list[str]]) -> Division:
    records: list[Prompt | Response | Comparison] = []
    for prompt, texts in asked:
        responses, comparisons = pairs_of(prompt, texts)
        records += [prompt, *responses, *comparisons]
    return held_out(stage(root, *records))


def test_no_comparison_derives_and_proves(tmp_path: Path) -> None:
    asked = [(ask(f"Name the river number {n} of the list below."), OTHERS) for n in range(40)]
    found = divided(tmp_path, *asked)
    for reach in ("prompt", "domain", "all"):
        sides = (set(found.to_derive(reach).to_pylist()), set(found.to_prove(reach).to_pylist()))
        assert not sides[0] & sides[1]
        assert len(sides[0] | sides[1]) == 240


def test_a_prompt_of_several_comparisons_has_some_on_each_side(tmp_path: Path) -> None:
    asked = [(ask(f"{word}?"), OTHERS) for word in ("Who", "Where", "When", "How")]
    found = divided(tmp_path, *asked)
    table = found.prompt_id.filter(found.of_prompt).value_counts()
    assert sorted(table.field("counts").to_pylist()) == [2, 2, 2, 2]


def test_weights_are_fitted_to_nothing_that_any_rubric_is_proven_on(tmp_path: Path) -> None:
    asked = [(ask(f"Name the river number {n} of the list below."), OTHERS) for n in range(20)]
    found = divided(tmp_path, *asked)
    for reach in ("prompt", "all"):
        assert not set(found.to_weigh().to_pylist()) & set(found.to_prove(reach).to_pylist())
    assert len(found.to_weigh())


def test_the_only_comparison_of_a_prompt_is_not_held_out_of_its_rubric(tmp_path: Path) -> None:
    found = divided(tmp_path, (ask("Who?"), OTHERS[:2]))
    assert found.of_prompt.to_pylist() == [False]


def test_prompts_that_nearly_say_the_same_stand_on_one_side(tmp_path: Path) -> None:
    seen = set()
    for n in range(12):
        asked = [(ask(f"{TREES} in year {n}{mark}"), OTHERS[:2]) for mark in ("", "?", "!")]
        (side,) = divided(tmp_path / str(n), *asked).of_others.unique().to_pylist()
        seen.add(side)
    assert seen == {True, False}


def test_comparisons_whose_responses_nearly_say_the_same_stand_on_one_side(tmp_path: Path) -> None:
    copies = [f"{TREES}.", f"{TREES}!", "Seven.", "Rivers run downhill."]
    for n in range(6):
        prompt = ask(f"Which trees, number {n}?")
        responses, comparisons = pairs_of(prompt, copies)
        found = held_out(stage(tmp_path / str(n), prompt, *responses, *comparisons))
        side = dict(zip(found.comparison_id.to_pylist(), found.of_prompt.to_pylist(), strict=True))
        by_pair = {
            frozenset(responses.index(r) for r in responses if r.response_id in c.response_ids): c
            for c in comparisons
        }
        for third in (2, 3):
            twins = [by_pair[frozenset((copy, third))].comparison_id for copy in (0, 1)]
            assert side[twins[0]] == side[twins[1]]


def test_the_same_tables_are_divided_alike_in_any_order(tmp_path: Path) -> None:
    asked = [(ask(f"{word}?"), OTHERS) for word in ("Who", "Where", "When", "How")]
    one, other = divided(tmp_path / "a", *asked), divided(tmp_path / "b", *reversed(asked))
    assert one == other


def test_a_response_that_nobody_knows_counts_as_one_of_its_own(tmp_path: Path) -> None:
    prompt = ask("Who?")
    responses = [
        Response(prompt_id=prompt.prompt_id, text=None, model="someone", source=f"log:{n}")
        for n in range(3)
    ]
    comparisons = [compare_two(*two) for two in combinations(responses, 2)]
    found = held_out(stage(tmp_path, prompt, *responses, *comparisons))
    assert sum(found.of_prompt.to_pylist()) == 1


def test_nothing_to_compare_holds_nothing_out(tmp_path: Path) -> None:
    assert len(held_out(stage(tmp_path, ask("Who?"))).comparison_id) == 0


def test_however_much_is_held_out_something_is_left_to_derive_from(tmp_path: Path) -> None:
    prompt = ask("Who?")
    responses, comparisons = pairs_of(prompt, OTHERS[:3])
    found = held_out(stage(tmp_path, prompt, *responses, *comparisons), 0.9)
    assert found.of_prompt.to_pylist().count(False) == 1
