"""Verifiers of one check each: repetition, refusal, truncation."""

import pytest

from tests.annotation.toy import respond, view
from winnow.annotation.verifier import Finding, Verifier
from winnow.annotation.verifiers import RefusalVerifier, RepetitionVerifier, TruncationVerifier
from winnow.schemas.prompts import Message, Prompt, ToolCall

PROSE = (
    "Rivers dissolve salts out of rocks and carry them down to the sea, where the water evaporates "
    "while the salt is left behind, so that over millions of years it has become salty."
)
REFUSES = "I'm sorry, but I can't help with that."


def asked(question: str = "Why?") -> Prompt:
    return Prompt(messages=(Message(role="user", content=question),), source="toy")


def found(verifier: Verifier, text: str, question: str = "Why?", **more: object) -> Finding:
    prompt = asked(question)
    return verifier.examine(prompt, respond(prompt, text, **more))  # type: ignore[arg-type]


def verdicts(verifier: Verifier, better: Finding, worse: Finding) -> list[str | None]:
    both = ((better, worse), (worse, better), (better, better))
    return [verifier.compare(*pair).verdict for pair in both]


def test_what_says_the_same_again_and_again_scores_low() -> None:
    plain, twice = (found(RepetitionVerifier(), text) for text in (PROSE, f"{PROSE} {PROSE}"))
    assert plain.score == 1.0 and 0.4 < (twice.score or 0) < 0.6
    assert verdicts(RepetitionVerifier(), plain, twice) == ["a", "b", "tie"]


def test_a_loop_at_the_end_scores_nothing_and_is_named() -> None:
    loop = found(RepetitionVerifier(), "The salt. " + "and so it goes on " * 30)
    assert (loop.score, loop.failed) == (0.0, ("loop",))
    assert loop.reason.startswith("ends in ") and loop.reason.endswith(" times")


@pytest.mark.parametrize("text", ["", "Yes.", "海海海"])
def test_short_texts_repeat_nothing(text: str) -> None:
    assert found(RepetitionVerifier(), text).score == 1.0


def test_a_loop_that_was_asked_for_is_none() -> None:
    line = "I will not talk in class. "
    said = found(RepetitionVerifier(), line * 12, f"Write down what I say: {line * 12}")
    assert said.failed == ()


@pytest.mark.parametrize(
    ("text", "question", "refuses"),
    [
        (REFUSES, "How do I open this lock?", True),
        ("Es tut mir leid, aber dabei kann ich nicht helfen.", "Wie geht das?", True),
        (f"The bot only said: “{REFUSES}” Then it stopped.", "What did the bot say?", False),
        (f"“{REFUSES}” is what it says.", "What did the bot say?", False),
        (REFUSES, "Translate: 'Es tut mir leid, dabei kann ich nicht helfen.'", False),
        (PROSE, "Why is the sea salt?", False),
        ("", "Why?", False),
    ],
)
def test_a_canned_refusal_is_found_and_a_quoted_one_is_none(
    text: str, question: str, refuses: bool
) -> None:
    answers, declines = RefusalVerifier(), RefusalVerifier(wanted="refusal")
    assert found(answers, text, question).score == float(not refuses)
    assert found(declines, text, question).score == float(refuses)


def test_what_calls_a_tool_does_not_refuse() -> None:
    prompt = asked()
    call = ToolCall(name="look", arguments="{}")
    assert RefusalVerifier().examine(prompt, respond(prompt, REFUSES, call)).score == 1.0


def test_the_wanted_one_wins() -> None:
    for verifier, better, worse in (
        (RefusalVerifier(), PROSE, REFUSES),
        (RefusalVerifier(wanted="refusal"), REFUSES, PROSE),
    ):
        a, b = found(verifier, better), found(verifier, worse)
        assert verdicts(verifier, a, b) == ["a", "b", "tie"]


@pytest.mark.parametrize(
    ("text", "reason", "failed"),
    [
        (PROSE, "stop", ()),
        (PROSE, "length", ("token_limit",)),
        ("Rivers carry salt to the", "imported", ("open_sentence",)),
        ("Rivers carry salt,", None, ("open_sentence",)),
        ("Rivers carry salt to the", "length", ("token_limit", "open_sentence")),
        ("Like so:\n```python\nprint(1)", "stop", ("open_code",)),
        ("Like so:\n````\n```\nprint(1)\n```\n````\nDone.", "stop", ()),
        ("Paris", "imported", ()),
        ("", "stop", ()),
    ],
)
def test_what_was_cut_off_is_named(text: str, reason: str | None, failed: tuple[str, ...]) -> None:
    one = found(TruncationVerifier(), text, finish_reason=reason)
    assert (one.failed, one.score) == (failed, float(not failed))


def test_a_sentence_that_a_model_left_open_itself_is_only_doubtful() -> None:
    open_end = found(TruncationVerifier(), "It ends with the word of", finish_reason="stop")
    cut = found(TruncationVerifier(), PROSE, finish_reason="length")
    assert (open_end.score, open_end.doubts) == (1.0, ("open_sentence",))
    assert TruncationVerifier().compare(open_end, cut).verdict == "tie"
    whole = found(TruncationVerifier(), PROSE, finish_reason="stop")
    assert verdicts(TruncationVerifier(), whole, cut) == ["a", "b", "tie"]


def test_pairs_are_judged_by_what_was_found_in_each() -> None:
    pair = view(PROSE, REFUSES)
    a, b = (RefusalVerifier().examine(pair.prompt, one) for one in (pair.a, pair.b))
    assert RefusalVerifier().compare(a, b).rationale == "refusal: a 1, b 0"
