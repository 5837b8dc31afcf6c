import json
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.annotation.toy import view
from winnow.annotation.constraints.checks import CONSTRAINTS, CannotCheck, meets, variants
from winnow.annotation.verifier import Finding
from winnow.annotation.verifiers import ConstraintsVerifier

Case = tuple[Mapping[str, Any], str, str]
"""Arguments, a text that meets the constraint, and one that does not."""

_PLAIN = ["river", "stone", "cloud", "winter", "garden", "silver", "morning", "quiet", "letter"]


def prose(random: Random, n: int) -> str:
    return " ".join(random.choice(_PLAIN) for _ in range(n))


def _words(random: Random) -> Case:
    n = random.randint(3, 40)
    relation, right, wrong = random.choice(
        [
            ("at least", n, n - 1),
            ("less than", n - 1, n),
            ("at most", n, n + 1),
            ("exactly", n, n + 1),
            ("more than", n + 1, n),
        ]
    )
    return {"num_words": n, "relation": relation}, prose(random, right), prose(random, wrong)


def _sentences(random: Random) -> Case:
    n = random.randint(2, 8)
    text = [f"{prose(random, 4).capitalize()}." for _ in range(n)]
    return {"num_sentences": n, "relation": "at least"}, " ".join(text), " ".join(text[:-1])


def _paragraphs(random: Random) -> Case:
    n = random.randint(2, 5)
    parts = [prose(random, 5) for _ in range(n)]
    return {"num_paragraphs": n}, "\n***\n".join(parts), "\n***\n".join([*parts, "more"])


def _first_word(random: Random) -> Case:
    parts = [prose(random, 5) for _ in range(3)]
    asked = {"num_paragraphs": 3, "nth_paragraph": 2, "first_word": "Lighthouse"}
    return asked, "\n\n".join([parts[0], f"**Lighthouse**, {parts[1]}", parts[2]]), "\n\n".join(parts)  # fmt: skip


def _bullets(random: Random) -> Case:
    n, mark = random.randint(1, 6), random.choice("*-")
    lines = [f"{mark} {prose(random, 3)}" for _ in range(n)]
    return {"num_bullets": n}, "\n".join(["Here:", *lines]), "\n".join([*lines, f"{mark} more"])


def _highlights(random: Random) -> Case:
    n = random.randint(1, 5)
    lines = [f"Look at *{prose(random, 2)}* and go." for _ in range(n)]
    return {"num_highlights": n}, "\n".join(lines), "\n".join([*lines[1:], "* a * b"])


def _sections(random: Random) -> Case:
    n, name = random.randint(2, 5), random.choice(["SECTION", "Day", "PARAGRAPH"])
    parts = [f"{name} {i}\n{prose(random, 4)}" for i in range(1, n + 1)]
    return {"section_spliter": name, "num_sections": n}, "\n".join(parts), "\n".join(parts[1:])


def _keyword_often(random: Random) -> Case:
    n = random.randint(1, 4)
    said = [prose(random, 3), *["Otter"] * n, prose(random, 3)]
    return {"keyword": "otter", "frequency": n, "relation": "at least"}, " ".join(said), " ".join(said[:-2])  # fmt: skip


def _letter_often(random: Random) -> Case:
    n = random.randint(2, 6)
    asked = {"letter": "z", "let_frequency": n, "let_relation": "at least"}
    return asked, f"{prose(random, 3)} {'z' * (n - 1)}Z", f"{prose(random, 3)} {'z' * (n - 1)}"


def _capitals(random: Random) -> Case:
    n = random.randint(1, 4)
    asked = {"capital_frequency": n, "capital_relation": "at least"}
    return asked, f"{prose(random, 3)} {'LOUD ' * n}", f"{prose(random, 3)} {'LOUD ' * (n - 1)}"


def _placeholders(random: Random) -> Case:
    n = random.randint(1, 4)
    return {"num_placeholders": n}, f"{prose(random, 2)} {'[name] ' * n}", f"{prose(random, 2)} {'[name] ' * (n - 1)}[]"  # fmt: skip


def _of(arguments: Mapping[str, Any], right: str, wrong: str) -> Callable[[Random], Case]:
    def made(random: Random) -> Case:
        body = prose(random, random.randint(3, 12))
        return arguments, right.replace("…", body), wrong.replace("…", body)

    return made


MAKERS: dict[str, Callable[[Random], Case]] = {
    "keywords:existence": _of({"keywords": ["Otter", "beaver"]}, "… otter … BEAVER", "… otter …"),
    "keywords:frequency": _keyword_often,
    "keywords:forbidden_words": _of({"forbidden_words": ["otter"]}, "… otters …", "… Otter …"),
    "keywords:letter_frequency": _letter_often,
    "language:response_language": _of(
        {"language": "de"},
        "Das ist ein ganz gewöhnlicher Satz über das Wetter, und er ist nicht besonders lang.",
        "This is quite an ordinary sentence about the weather and it is not very long either.",
    ),
    "length_constraints:number_sentences": _sentences,
    "length_constraints:number_paragraphs": _paragraphs,
    "length_constraints:number_words": _words,
    "length_constraints:nth_paragraph_first_word": _first_word,
    "detectable_content:number_placeholders": _placeholders,
    "detectable_content:postscript": _of(
        {"postscript_marker": "P.S."}, "…\n\nP.S. …", "… the ps file …"
    ),
    "detectable_format:number_bullet_lists": _bullets,
    "detectable_format:constrained_response": _of(
        {}, "… My answer is yes. …", "… my answer is perhaps …"
    ),
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:multiple_sections": _sections,
    "detectable_format:json_format": _of({}, '```json\n{"said": "…"}\n```', '{"said": …}'),
    "detectable_format:title": _of({}, "<<…>>\n…", "<< >>\n…"),
    "combination:two_responses": _of({}, "…\n******\nmore …", "…\n******\n…\n******\nmore"),
    "combination:repeat_prompt": _of(
        {"prompt_to_repeat": "Why is it so?"}, "why is it so? …", "… Why is it so?"
    ),
    "startend:end_checker": _of({"end_phrase": "Any more?"}, '"… any more?"', "… any more? Yes."),
    "startend:quotation": _of({}, '"…"', '"… '),
    "change_case:capital_word_frequency": _capitals,
    "change_case:english_capital": _of({}, "ALL OF IT, 3 TIMES.", "ALL OF IT …"),
    "change_case:english_lowercase": _of({}, "… all of it, 3 times.", "… All of it"),
    "punctuation:no_comma": _of({}, "… and …", "…, and …"),
}


def examine(said: str, metadata: Mapping[str, object] | None = None, **settings: object) -> Finding:
    pair = view(said, "", metadata=json.dumps(metadata) if metadata else None)
    return ConstraintsVerifier.model_validate(settings).examine(pair.prompt, pair.a)


def row(ids: Sequence[str], kwargs: Sequence[Mapping[str, object]]) -> dict[str, object]:
    return {"instruction_id_list": list(ids), "kwargs": list(kwargs)}


def test_every_type_has_a_maker() -> None:
    assert set(MAKERS) == set(CONSTRAINTS)


@pytest.mark.parametrize("constraint_id", MAKERS)
def test_each_type_tells_texts_that_meet_it_from_others(constraint_id: str) -> None:
    for seed in range(20):
        arguments, right, wrong = MAKERS[constraint_id](Random(seed))
        assert meets(right, constraint_id, arguments), right
        assert not meets(wrong, constraint_id, arguments), wrong
        assert not meets(" \n", constraint_id, arguments)


@pytest.mark.parametrize("constraint_id", MAKERS)
@given(
    lines=st.lists(st.text("ab,. *\n-[]<>P!Z\"'#1", max_size=12), max_size=5),
    seed=st.integers(0, 99),
)
def test_what_holds_strictly_holds_loosely(
    constraint_id: str, lines: Sequence[str], seed: int
) -> None:
    arguments, right, wrong = MAKERS[constraint_id](Random(seed))
    texts = ("\n".join([*lines, right]), "\n".join([wrong, *lines]))
    for text in texts:
        found = examine(text, row([constraint_id], [arguments]))
        if found.status != "error":
            parts = {part.name: part.score for part in found.parts}
            assert parts["loose"] >= parts["strict"] == parts[constraint_id] == found.score


def test_the_loose_verdict_looks_at_eight_variants() -> None:
    assert variants("a*\nb\nc") == ["a*\nb\nc", "b\nc", "a*\nb", "b", "a\nb\nc", "b\nc", "a\nb", "b"]  # fmt: skip
    asked = row(["startend:quotation"], [{}])
    said = 'Sure, here it is:\n"It is quiet."'
    assert examine(said, asked).score == 0.0
    assert examine(said, asked, verdict="loose").score == 1.0


def test_rows_are_read_as_data_sets_hold_them() -> None:
    ids = ["punctuation:no_comma", "length_constraints:number_words"]
    kwargs = [{"num_words": None}, {"num_words": 3, "relation": "at least", "keywords": None}]
    found = examine("It is, well", row(ids, kwargs))
    assert found.score == 0.0
    assert found.failed == ("punctuation:no_comma",)
    assert [(p.name, p.score) for p in found.parts] == [
        ("strict", 0.0),
        ("loose", 0.0),
        ("punctuation:no_comma", 0.0),
        ("length_constraints:number_words", 1.0),
    ]
    as_text = {"instruction_id_list": json.dumps(ids), "kwargs": json.dumps(kwargs)}
    assert examine("It is, well", as_text) == found
    assert examine("It is, well", row(ids, kwargs), partial=True).score == 0.5


def test_constraints_of_one_id_are_told_apart() -> None:
    asked = row(["keywords:existence"] * 2, [{"keywords": ["sea"]}, {"keywords": ["salt"]}])
    assert examine("The sea.", asked).failed == ("keywords:existence#2",)


@pytest.mark.parametrize(
    ("ids", "kwargs", "why"),
    [
        (["punctuation:no_dash"], [{}], "no constraint named 'punctuation:no_dash'"),
        (["length_constraints:number_words"], [{}], "length_constraints:number_words lacks num_words"),
        (["length_constraints:number_words"], [{"num_words": "many"}], "invalid literal"),
        (["length_constraints:number_words"], [{"num_words": 3, "relation": "near"}], "relation is 'near'"),
        (["punctuation:no_comma"], [{}, {}], "a list of as many objects"),
        (["language:response_language"], [{"language": "de"}], "not beyond doubt"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_no_result_by_its_name(
    ids: Sequence[str], kwargs: Sequence[Mapping[str, object]], why: str
) -> None:
    found = examine("7", row(ids, kwargs))
    assert (found.status, found.score) == ("error", None)
    assert why in found.reason


def test_an_empty_response_meets_nothing() -> None:
    found = examine(" ", row(["punctuation:no_comma"], [{}]))
    assert (found.status, found.score) == ("no_answer", 0.0)
    assert {part.score for part in found.parts} == {0.0}


def test_a_prompt_without_constraints_is_no_case_for_it() -> None:
    assert examine("Why, yes.").score is None
    assert ConstraintsVerifier().column == "metadata"


def test_the_settings_may_hold_the_constraints() -> None:
    no_comma = {"id": "punctuation:no_comma"}
    assert examine("Why, yes.", constraints=[no_comma]).score == 0.0
    few = {"id": "length_constraints:number_words", "arguments": {"num_words": 3, "relation": "at most"}}  # fmt: skip
    assert examine("Why yes.", constraints=[no_comma, few]).score == 1.0
    with pytest.raises(ValidationError, match=r"constraints\[0\]: no constraint named 'x'"):
        examine("", constraints=[{"id": "x"}])


def test_words_that_cannot_be_counted_are_no_result() -> None:
    with pytest.raises(CannotCheck):
        meets("x", "language:response_language", {"language": "th"})
    asked = row(["length_constraints:number_words"], [{"num_words": 3, "relation": "at least"}])
    assert examine("สวัสดีครับ", asked).status == "error"


def test_the_response_that_meets_more_is_better_with_partial() -> None:
    asked = json.dumps(row(["punctuation:no_comma", "startend:quotation"], [{}, {}]))
    pair = view("Yes.", "Well, yes.", metadata=asked)
    for partial, verdict in [(True, "a"), (False, "tie")]:
        verifier = ConstraintsVerifier(partial=partial)
        a, b = (verifier.examine(pair.prompt, one) for one in (pair.a, pair.b))
        assert verifier.compare(a, b).verdict == verdict
