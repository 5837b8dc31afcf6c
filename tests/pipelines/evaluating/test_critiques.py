"""Critiques of judges beside those of people, from judgments to matches, with replies as models write them."""

import json
from pathlib import Path
from typing import Any

from tests.pipelines.toy import TOY, StoredModel, answer, ask, compare_two, completion
from winnow.pipelines.evaluating.critiques import (
    ComparedCritiques,
    compare_critiques,
    right_critiques,
)
from winnow.pipelines.inference.requests import ChatRequest
from winnow.pipelines.labels.following import BY_ITSELF
from winnow.schemas.judgments import Judgment

PROMPT = ask("Where do rooks nest?")
PAIR = compare_two(answer(PROMPT, "In elms, see the atlas."), answer(PROMPT, "No idea."))
OTHER = compare_two(answer(PROMPT, "In tall trees."), answer(PROMPT, "Who knows."))
GOLD = {PAIR.comparison_id: "a", OTHER.comparison_id: "b"}


def wrote(who: str, text: str, verdict: str = "a", **more: Any) -> Judgment:
    kind = "llm" if who.startswith("judge") else "human"
    return Judgment.model_validate(
        {"comparison_id": PAIR.comparison_id, "annotator_id": who, "kind": kind}
        | {"verdict": verdict, "rationale": text, **more}
    )


def compared(
    tmp_path: Path, *judgments: Judgment, reply: Any = None
) -> tuple[ComparedCritiques, list[ChatRequest]]:
    """Have arguments parted at semicolons; those that say the same word for word are the same."""

    def replied(request: ChatRequest) -> str:
        if reply and (said := reply(request)):
            return str(said)
        page = request.messages[-1].text()
        blocks = [block.rsplit(">\n", 1)[1] for block in page.split("\n</")[:-1]]
        if len(blocks) == 1:
            named = [part.strip() for part in blocks[0].split(";") if "." not in part]
            said = {"arguments": [{"quote": one, "argument": one} for one in named]}
            return json.dumps(said)
        one, other = (
            dict(reversed(line.split(". ", 1)) for line in block.splitlines()) for block in blocks
        )
        same = [{"critique": int(one[t]), "person": int(other[t])} for t in one if t in other]
        return json.dumps({"same": same})

    model = StoredModel(tmp_path, lambda r: completion(r, replied(r)))
    critiques = right_critiques(judgments, GOLD)
    return compare_critiques(critiques, model=TOY, complete=model), model.asked


def test_a_judges_right_verdict_is_held_against_the_person_it_is_most_like(tmp_path: Path) -> None:
    found, asked = compared(
        tmp_path,
        wrote("judge", "gives a source;names the tree;is polite to me"),
        wrote("ada", "names the tree;gives a source"),
        wrote("ben", "is polite to me;is brief enough;has good style"),
    )
    (one,) = found.matched
    assert (one.annotator, one.item_id) == ("judge", PAIR.comparison_id)
    assert (one.precision, one.recall, one.f1) == (2 / 3, 1.0, 0.8)
    assert len(asked) == 3 + 2 and found.rejects == []


def test_wrong_verdicts_and_those_without_reasons_on_both_sides_are_not_asked_about(
    tmp_path: Path,
) -> None:
    found, asked = compared(
        tmp_path,
        wrote("judge", "gives a source", "b"),
        wrote("judge-2", "  "),
        wrote("judge-3", BY_ITSELF),
        wrote("judge-4", "2 of 3 checks passed", kind="verifier"),
        wrote("ada", "names the tree"),
        wrote("ben", "is brief enough", "b", comparison_id=OTHER.comparison_id),
        wrote("judge", "is brief enough", "a", comparison_id=OTHER.comparison_id),
    )
    assert found.matched == [] and asked == []


def test_where_a_person_names_nothing_the_item_leaves_and_a_judge_that_names_nothing_scores_0(
    tmp_path: Path,
) -> None:
    found, asked = compared(
        tmp_path, wrote("judge", "gives a source"), wrote("ada", "I just like it.")
    )
    assert (found.matched, found.n_without, len(asked)) == ([], 1, 2)
    empty, asked = compared(
        tmp_path / "empty", wrote("judge", "It is better."), wrote("ada", "names the tree")
    )
    assert [one.f1 for one in empty.matched] == [0.0]
    assert len(asked) == 2  # nothing is there to be matched


def test_what_cannot_be_read_is_left_out_and_said(tmp_path: Path) -> None:
    def reply(request: ChatRequest) -> str | None:
        page = request.messages[-1].text()
        return "I would rather not" if "gives a source" in page else None

    found, _ = compared(
        tmp_path,
        wrote("judge", "gives a source"),
        wrote("judge-2", "names the tree"),
        wrote("ada", "names the tree"),
        reply=reply,
    )
    assert [one.annotator for one in found.matched] == ["judge-2"]
    assert [(r.reason, r.record_id) for r in found.rejects] == [
        ("unreadable", f"{PAIR.comparison_id} judge")
    ]


def test_the_first_response_is_the_same_in_critiques_of_both_orders(tmp_path: Path) -> None:
    _, asked = compared(
        tmp_path,
        wrote("judge", "first cites the atlas", order="ab"),
        wrote("judge", "second cites the atlas", order="ba"),
        wrote("ada", "cites the atlas"),
    )
    pages = {request.messages[-1].text() for request in asked[:3]}
    first = {page.splitlines()[0] for page in pages}
    assert "The first response it speaks of is A, the second B." in first
    assert "The first response it speaks of is B, the second A." in first
    assert len(first) == 3
