"""Criteria in two steps: each response examined by itself, then what the findings differ in."""

from typing import Any

from tests.annotation.rubrics.deriving import BUSH, ELM, comparison, page, reading, replies, why
from winnow.annotation.rubrics.deriving import ProfileDeriver

WAY = ProfileDeriver()


def found(*entries: tuple[str, str, str]) -> dict[str, Any]:
    return {
        "findings": [
            {"quote": quote, "claim": claim, "dimension": "facts", "status": status}
            for quote, claim, status in entries
        ]
    }


IN_ELM = found(("ringing data of 1998", "says how it is known", "pass"), ("made up", "x", "pass"))
IN_BUSH = found(
    ("I think", "is unsure", "fail"), ("", "names no tree", "missing"), ("", "y", "fail")
)


def diagnoses() -> list[dict[str, Any]]:
    """Findings of each response, in the order of their ids."""
    return [IN_ELM if r == ELM else IN_BUSH for r in comparison().responses]


def test_which_response_won_changes_nothing_of_what_is_asked() -> None:
    for said in ([], diagnoses()):
        asked = [
            [q.model_dump_json() for q in WAY.ask(comparison(better=who), replies(*said))]
            for who in ("elm", "bush")
        ]
        assert asked[0] == asked[1]


def test_each_response_is_examined_without_the_other() -> None:
    one, other = (page(q) for q in WAY.ask(comparison()))
    texts = [str(r.text) for r in comparison().responses]
    assert texts[0] in one and texts[1] not in one
    assert texts[1] in other and texts[0] not in other
    assert "In tall elms." not in one + other


def test_findings_whose_words_are_not_in_their_response_go_no_further() -> None:
    (question,) = WAY.ask(comparison(), replies(*diagnoses()))
    text = page(question)
    assert "says how it is known" in text and "names no tree" in text
    assert "made up" not in text and ": y" not in text
    assert text.count("F1 (") == 1 and "F3 (" in text and "F4 (" not in text
    assert str(ELM.text) not in text and str(BUSH.text) not in text


def test_criteria_rest_on_findings_that_hold() -> None:
    first = comparison().shown[0]
    unsure, known = ("F2", "F1") if first == ELM else ("F1", "F3")
    rubric = {
        "hard_rules": [{"findings": [known], "criterion": "Says how it is known."}],
        "principles": [
            {"findings": [unsure, "F9"], "criterion": "Is sure of what it says."},
            {"findings": ["F9"], "criterion": "Names a source."},
            {"findings": "F1", "criterion": "Names a year."},
        ],
    }
    read = reading(WAY, comparison(), *diagnoses(), rubric)
    assert {d.text: d.sources[0].quote for d in read.drafts} == {
        "Says how it is known.": "ringing data of 1998",
        "Is sure of what it says.": "I think",
    }
    assert why(read) == {"Names a source.": "unsupported", "Names a year.": "unsupported"}
    assert {s.reply for d in read.drafts for s in d.sources} == {2}


def test_a_diagnosis_that_cannot_be_read_makes_the_rubric_unreadable() -> None:
    broken = ["no findings", diagnoses()[1], {"hard_rules": [], "principles": []}]
    assert WAY.read(comparison(), replies(*broken)) is None
    assert WAY.ask(comparison(), replies(*broken[:2])) == ()
    assert WAY.read(comparison(), replies(*broken[:2])) is None
    unread = WAY.unread(comparison(), replies(*broken[:2]))
    assert unread is not None and unread.text == "no findings"


def test_it_is_tried_and_revised_like_any_other() -> None:
    way, view = ProfileDeriver(tries=2), comparison()
    rubric = {
        "hard_rules": [{"findings": ["F1"], "criterion": "Names a source."}],
        "principles": [],
    }
    said = [*diagnoses(), rubric]
    assert len(way.ask(view, replies(*said))) == 2
    lost = {"critique": "c", "verdict": "tie"}
    (revise,) = way.ask(view, replies(*said, lost, lost))
    assert "F1 (" in page(revise) and "Names a source." in page(revise)
