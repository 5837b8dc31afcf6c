import json

import pytest
from pydantic import ValidationError

from tests.annotation.toy import view
from winnow.annotation.verifier import Finding
from winnow.annotation.verifiers import LengthVerifier, PatternVerifier


def look(said: str, metadata: object = None, **settings: object) -> Finding:
    pair = view(said, "", metadata=json.dumps(metadata) if metadata else None)
    return PatternVerifier.model_validate(settings).examine(pair.prompt, pair.a)


def count(said: str, metadata: object = None, **settings: object) -> Finding:
    pair = view(said, "", metadata=json.dumps(metadata) if metadata else None)
    return LengthVerifier.model_validate(settings).examine(pair.prompt, pair.a)


def test_each_wanted_pattern_has_to_be_found_and_no_forbidden_one() -> None:
    settings = {"must": [r"\bsea\b", r"(?i)SALT"], "must_not": [r"\d"]}
    assert look("The sea holds salt.", **settings).score == 1.0
    found = look("The seas hold salt, 3 %.", **settings)
    assert found.score == 0.0
    assert found.failed == (r"lacks '\\bsea\\b'", r"holds '\\d'")
    assert [part.score for part in found.parts] == [0.0, 1.0, 0.0]


def test_a_pattern_that_takes_too_long_is_no_result() -> None:
    found = look("a" * 60 + "!", must=[r"^(a|aa)+$"])
    assert (found.status, found.score) == ("error", None)
    assert found.reason == "'^(a|aa)+$' took more than 1 s"


def test_prompts_may_bring_patterns() -> None:
    assert look("sea", {"has": "s.a"}, pattern_key="has").score == 1.0
    assert look("sea", {"has": ["s.a", "x"]}, pattern_key="has").score == 0.0
    assert look("sea", {"has": "("}, pattern_key="has").status == "error"
    assert look("sea", {}, pattern_key="has").score is None


def test_an_empty_response_has_no_answer() -> None:
    found = look(" ", must_not=["x"])
    assert (found.status, found.score) == ("no_answer", 0.0)


def test_patterns_that_are_none_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"must holds '\(', which is no regular expression"):
        look("", must=["("])
    with pytest.raises(ValidationError, match="no pattern is given"):
        look("")


@pytest.mark.parametrize(
    ("settings", "failed"),
    [
        ({"min_words": 6, "max_words": 6}, ()),
        ({"min_words": 7}, ("min_words 7: 6",)),
        ({"max_words": 5}, ("max_words 5: 6",)),
        ({"min_sentences": 3}, ()),
        ({"max_sentences": 2}, ("max_sentences 2: 3",)),
        ({"min_paragraphs": 2, "max_paragraphs": 2}, ()),
        ({"max_characters": 20}, ("max_characters 20: 30",)),
    ],
)
def test_limits_are_kept_or_not(settings: dict[str, int], failed: tuple[str, ...]) -> None:
    found = count("One is two. Three!\n\nFour five.\n", **settings)
    assert found.failed == failed
    assert found.score == float(not failed)


def test_what_was_counted_is_kept() -> None:
    found = count("One two.", max_words=9, max_sentences=2)
    assert {part.name: part.score for part in found.parts} == {"words": 2.0, "sentences": 1.0}


def test_prompts_may_bring_limits_that_go_before_those_of_the_settings() -> None:
    assert count("One two.", {"limits": {"max_words": 1}}, limits_key="limits").score == 0.0
    assert count("One two.", {"limits": {"max_words": 1}}, limits_key="limits", max_words=9).score == 0.0  # fmt: skip
    assert count("One two.", {}, limits_key="limits", max_words=9).score == 1.0
    assert count("One two.", {}, limits_key="limits").score is None
    broken = count("One two.", {"limits": {"most": 1}}, limits_key="limits")
    assert (broken.score, "metadata 'limits' holds no limits: most" in broken.reason) == (None, True)  # fmt: skip


def test_words_of_a_script_without_blanks_are_no_result_and_characters_are() -> None:
    assert count("สวัสดีครับ", max_words=9).status == "error"
    assert count("สวัสดีครับ", max_characters=20).score == 1.0


def test_an_empty_response_keeps_no_limit() -> None:
    found = count("", max_words=9)
    assert (found.status, found.score) == ("no_answer", 0.0)


def test_limits_that_nothing_keeps_are_refused() -> None:
    with pytest.raises(ValidationError, match="min_words is above max_words"):
        count("", min_words=9, max_words=3)
    with pytest.raises(ValidationError, match="no limit is given"):
        count("")
