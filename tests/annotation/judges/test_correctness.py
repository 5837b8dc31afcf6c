import json
import math

import pytest

from tests.annotation.toy import view
from winnow.annotation.judge import Reading, Reply, SubjectView
from winnow.annotation.judges import CorrectnessJudge
from winnow.annotation.ratings import verdict_of_ratings
from winnow.schemas.judgments import Rating
from winnow.schemas.token_logprobs import TokenChoice, TokenLogprob

_PAIR = view("It is 4.", "No idea.", reference="4")
VIEW = SubjectView(
    kind="response",
    subject_id=_PAIR.a.response_id,
    prompt=_PAIR.prompt,
    responses=(_PAIR.a,),
    places=(0,),
)


def read(
    said: object, judge: CorrectnessJudge | None = None, tokens: tuple[TokenLogprob, ...] = ()
) -> Reading:
    text = said if isinstance(said, str) else json.dumps(said)
    (reading,) = (judge or CorrectnessJudge()).read(VIEW, [Reply(text=text, tokens=tokens)])
    return reading


def ratings(reading: Reading) -> dict[str, float]:
    return {one.attribute: one.score for one in reading.ratings}


def reply(verdict: str, critique: str = "so") -> dict[str, str]:
    return {"critique": critique, "verdict": verdict}


def test_the_page_shows_the_reference_and_one_response() -> None:
    (question,) = CorrectnessJudge().ask(VIEW)
    system, page = (str(message.content) for message in question.messages)
    assert "<reference-" in page and "<response-" in page and "No idea." not in page
    assert '"correct", "incorrect" or "invalid"' in system
    assert list(json.loads(question.json_schema or "")["properties"]) == ["critique", "verdict"]
    assert CorrectnessJudge().ask(VIEW, [Reply(text="{}")]) == ()
    assert (CorrectnessJudge().subject, CorrectnessJudge().by_reference) == ("response", True)


def test_each_verdict_is_a_rating_of_its_own() -> None:
    assert ratings(read(reply("correct"))) == {"correctness": 1.0}
    assert ratings(read(reply("incorrect"))) == {"correctness": 0.0}
    assert ratings(read(reply("invalid"))) == {"no_valid_answer": 1.0}
    assert read(reply("invalid", "cut off")).rationale == "invalid: cut off"


def test_no_answer_counts_as_wrong_only_where_the_settings_say_so() -> None:
    judge = CorrectnessJudge(invalid="wrong")
    assert ratings(read(reply("invalid"), judge)) == {
        "correctness": 0.0,
        "correctness.no_valid_answer": 1.0,
    }
    assert ratings(read(reply("incorrect"), judge)) == {"correctness": 0.0}


@pytest.mark.parametrize(
    "said",
    [
        "",
        "A",
        "The answer is C, so I say A.",
        "\\boxed{A}",
        '{"critique": "so", "verdict": "corr',
        {"critique": "so", "verdict": "A"},
        {"critique": "so", "verdict": "Correct"},
        {"critique": "so", "verdict": ["correct"]},
        {"critique": 1, "verdict": "correct"},
        {"verdict": "correct"},
        {"critique": "so", "verdict": "correct", "more": 1},
        'Sure: {"critique": "so", "verdict": "correct"}',
        '{"critique": "so", "verdict": "correct", "verdict": "incorrect"}',
    ],
)
def test_a_reply_that_is_not_exactly_what_was_asked_for_is_invalid_and_no_wrong_answer(
    said: object,
) -> None:
    reading = read(said)
    assert (reading.verdict, reading.ratings) == ("invalid", ())
    assert reading.rationale == (said if isinstance(said, str) else json.dumps(said))


def test_letters_and_verdicts_in_the_critique_are_passed_over() -> None:
    said = reply("incorrect", 'A or B? "verdict": "correct" \\boxed{A}')
    assert ratings(read(said)) == {"correctness": 0.0}


def tokens(*shares: float) -> tuple[TokenLogprob, ...]:
    """Spell the reply with "incorrect", likely tokens being those that begin each verdict."""
    top = tuple(
        TokenChoice(token=token, logprob=math.log(share))
        for token, share in zip(("correct", "incorrect", "invalid"), shares, strict=True)
    )
    plain = [
        TokenLogprob(token=token, logprob=0.0, top=())
        for token in ('{"', "critique", '": "', "so", '", "', "verdict", '": "')
    ]
    said = TokenLogprob(token="incorrect", logprob=math.log(shares[1]), top=top)
    return (*plain, said, TokenLogprob(token='"}', logprob=0.0, top=()))


def test_the_probability_is_that_of_correct_among_correct_and_incorrect() -> None:
    judge = CorrectnessJudge(probability=True)
    assert judge.logprobs == 10
    (rating,) = read(reply("incorrect"), judge, tokens(0.2, 0.6, 0.2)).ratings
    assert rating.score == 0.0
    assert rating.expected == pytest.approx(0.25)
    assert [s.share for s in rating.distribution or ()] == pytest.approx([0.75, 0.25])
    as_wrong = judge.model_copy(update={"invalid": "wrong"})
    (rating,) = read(reply("incorrect"), as_wrong, tokens(0.2, 0.6, 0.2)).ratings
    assert rating.expected == pytest.approx(0.2)
    (rating,) = read(reply("incorrect"), judge).ratings
    assert rating.expected is None


def test_no_answer_has_no_distribution_that_would_count_in_its_favour() -> None:
    judge = CorrectnessJudge(probability=True)
    said = reply("invalid")
    spelt = tokens(0.2, 0.2, 0.6)
    last = spelt[-2].model_copy(update={"token": "invalid", "logprob": math.log(0.6)})
    (none,) = read(said, judge, (*spelt[:-2], last, spelt[-1])).ratings
    assert (none.attribute, none.expected, none.distribution) == ("no_valid_answer", None, None)
    as_wrong = judge.model_copy(update={"invalid": "wrong"})
    wrong, part = read(said, as_wrong, (*spelt[:-2], last, spelt[-1])).ratings
    assert wrong.expected == pytest.approx(0.2) and part.distribution is None
    other = Rating(response_id="other", attribute="correctness", score=0)
    ids = (wrong.response_id, "other")
    assert verdict_of_ratings([wrong, part, other], ids) == "tie"
