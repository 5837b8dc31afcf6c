import json
import math
from collections.abc import Sequence
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.annotation.toy import respond, view
from winnow.annotation.answers.voting import count_votes
from winnow.annotation.verifier import Finding
from winnow.annotation.verifiers import MajorityVerifier
from winnow.schemas.measures.shares import posterior

_CHOICE = "Which?\nA) Paris\nB) Lyon"


def examine(said: Sequence[str], metadata: object = None, **settings: object) -> Sequence[Finding]:
    prompt = view("", "", metadata=json.dumps(metadata) if metadata else None).prompt
    responses = [respond(prompt, text, sample_index=i) for i, text in enumerate(said)]
    chosen = {"min_votes": 2, **settings}
    return MajorityVerifier.model_validate(chosen).examine_all(prompt, responses)


def boxed(*answers: str) -> list[str]:
    return [f"So it is \\boxed{{{answer}}}." for answer in answers]


def scores(found: Sequence[Finding]) -> list[float | None]:
    return [one.score for one in found]


def test_equal_answers_vote_together_however_they_are_written() -> None:
    found = examine(boxed("1/2", "0.5", r"\frac{1}{2}", r"50\%", "2", "2", "2"))
    assert scores(found) == [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    assert found[0].reason.startswith("4 of 7 votes for 0.5, 95 % interval ")


def test_a_percent_sign_makes_a_share_of_a_number_and_never_links_two() -> None:
    found = examine(boxed("50", "50", r"50\%", "0.5", "0.5", "0.5"))
    assert scores(found) == [0.0, 0.0, 1.0, 1.0, 1.0, 1.0]


def test_expressions_and_options_vote_by_what_they_mean() -> None:
    assert scores(examine(boxed("(x+1)^2", "x^2+2x+1", "x^2"))) == [1.0, 1.0, 0.0]
    options = {"choices": ["Paris", "Lyon"]}
    found = examine(boxed("B", "Lyon", "A"), options, options_key="choices")
    assert scores(found) == [1.0, 1.0, 0.0]


def test_the_order_of_the_samples_does_not_matter() -> None:
    said = [*boxed("1/2", "0.5", "2", "3", "x+1", "1+x", "0.50"), "I do not know.", ""]
    wanted = dict(zip(said, scores(examine(said)), strict=True))
    for seed in range(5):
        shuffled = Random(seed).sample(said, len(said))
        assert dict(zip(shuffled, scores(examine(shuffled)), strict=True)) == wanted


def test_responses_without_an_answer_never_vote() -> None:
    found = examine([*boxed("2", "2"), "", "Hm.\nWell.", "No.\nNot at all."])
    assert scores(found) == [1.0, 1.0, 0.0, 0.0, 0.0]
    assert [one.status for one in found] == ["measured"] * 2 + ["no_answer"] * 3
    assert {part.name: part.score for part in found[0].parts}["empty"] == 3.0
    assert scores(examine(["", "", "", *boxed("2")])) == [None] * 4


def test_words_vote_only_where_an_answer_is_named_or_words_are_wanted() -> None:
    said = ["Paris", "Paris", "I'm sorry, but I can't help with that."]
    assert scores(examine(said)) == [None] * 3
    assert scores(examine(said, kind="text")) == [1.0, 1.0, 0.0]
    named = [f"The answer is {name}." for name in ("Paris", "Paris", "Lyon")]
    assert scores(examine(named)) == [1.0, 1.0, 0.0]


def test_two_leading_answers_make_no_label() -> None:
    found = examine(boxed("2", "2", "3", "3", "4"))
    assert scores(found) == [None] * 5
    assert found[0].reason == "a tie: the votes are 2, 2, 1"


def test_nothing_is_said_out_of_bounds() -> None:
    three_of_five = boxed("2", "2", "2", "3", "4")
    assert scores(examine(three_of_five, min_share=0.7))[0] is None
    assert scores(examine(three_of_five, min_share=0.6))[0] == 1.0
    alike = examine(boxed("2", "2", "2"), max_share=0.9)
    assert alike[0].reason == "the leading share is 1.00, out of 0.5 to 0.9: the votes are 3"
    few = examine(boxed("2", "2"), min_votes=3)
    assert few[0].reason == "2 of 2 vote, fewer than min_votes, 3"
    with pytest.raises(ValidationError, match="no share is within"):
        examine([], min_share=0.9, max_share=0.5)


def test_the_parts_say_how_the_votes_fell() -> None:
    found = {part.name: part.score for part in examine(boxed("2", "2", "2", "3"))[0].parts}
    interval = posterior(3, 4)
    assert found == {
        "votes": 4.0,
        "share": 0.75,
        "share_low": interval.low,
        "share_high": interval.high,
        "margin": 0.5,
        "classes": 2.0,
        "entropy": pytest.approx(-0.75 * math.log(0.75) - 0.25 * math.log(0.25)),
        "empty": 0.0,
    }


def test_a_comparison_that_ends_in_nothing_is_no_result() -> None:
    found = examine(boxed("9^{9^{9^9}}", "9^{9^{9^8}}"))
    assert {one.status for one in found} == {"error"}


def test_answers_to_a_paraphrase_vote_in_place_of_its_own() -> None:
    others = {"crossed": ["2", *boxed("2", "2.0"), "I think\nso."]}
    found = examine(boxed("3", "3", "3", "2"), others, votes_key="crossed")
    assert scores(found) == [0.0, 0.0, 0.0, 1.0]
    assert examine(boxed("3"), {"crossed": []}, votes_key="crossed")[0].score is None


def test_a_chain_of_equal_answers_is_one_class_in_any_order() -> None:
    def near(one: str, other: str) -> bool:
        return abs(int(one) - int(other)) == 1

    for answers in (["1", "2", "3", "9"], ["3", "1", "9", "2"]):
        vote = count_votes(answers, near)
        assert sorted(len(one) for one in vote.members) == [1, 3]


@given(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=12))
def test_every_vote_is_counted_once(answers: list[str | None]) -> None:
    vote = count_votes(answers, lambda one, other: one == other)
    assert sorted(i for one in vote.members for i in one) == [
        i for i, answer in enumerate(answers) if answer is not None
    ]
    assert vote.n + vote.n_empty == len(answers)


def test_merging_equal_answers_never_adds_to_the_entropy() -> None:
    answers = ["a", "a", "A", "b", "c"]
    apart = count_votes(answers, lambda one, other: one == other)
    merged = count_votes(answers, lambda one, other: one.lower() == other.lower())
    assert merged.entropy < apart.entropy
    assert count_votes(["a"] * 3, lambda *_: True).entropy == 0.0


def lead_probabilities(shares: Sequence[float], n: int) -> tuple[float, float]:
    """Sum the multinomial probabilities of the first answer leading alone, and of any leading alone."""
    right = alone = 0.0
    for counts in product(range(n + 1), repeat=len(shares) - 1):
        if sum(counts) <= n:
            votes = [*counts, n - sum(counts)]
            ways = math.factorial(n) // math.prod(map(math.factorial, votes))
            p = ways * math.prod(share**k for share, k in zip(shares, votes, strict=True))
            if votes.count(max(votes)) == 1:
                alone += p
                right += p if votes[0] == max(votes) else 0.0
    return right, alone


@pytest.mark.parametrize(
    ("shares", "n", "about"),
    [
        ((0.5, 0.3, 0.2), 8, 0.67),
        ((0.5, 0.3, 0.2), 32, 0.89),
        ((0.35, 0.4, 0.25), 8, 0.36),
        ((0.35, 0.4, 0.25), 32, 0.34),
    ],
)
def test_labels_are_right_as_often_as_the_multinomial_says(
    shares: Sequence[float], n: int, about: float
) -> None:
    random, runs, n_right, n_labels = Random(n), 400, 0, 0
    for _ in range(runs):
        answers = random.choices(["right", "wrong", "worse"], shares, k=n)
        found = examine(boxed(*answers), kind="text", min_share=0.0)
        if found[0].score is not None:
            n_labels += 1
            n_right += any(f.score == 1.0 and a == "right" for f, a in zip(found, answers, strict=True))  # fmt: skip
    right, alone = lead_probabilities(shares, n)
    # Four standard deviations of so many runs.
    assert n_labels / runs == pytest.approx(alone, abs=4 * math.sqrt(alone * (1 - alone) / runs) + 1e-9)  # fmt: skip
    assert n_right / runs == pytest.approx(right, abs=4 * math.sqrt(right * (1 - right) / runs))
    # With ties broken by lot, which lie between no label being right and each.
    assert right <= about + 0.01 <= right + (1 - alone) + 0.02


def test_intervals_of_a_share_hold_it_as_often_as_they_say() -> None:
    random, hits, runs = Random(1), 0, 2000
    for _ in range(runs):
        share = random.random()
        k = sum(random.random() < share for _ in range(8))
        interval = posterior(k, 8)
        hits += interval.low <= share <= interval.high
    assert hits / runs == pytest.approx(0.95, abs=0.02)
    assert posterior(4, 8).low == pytest.approx(0.21, abs=0.01)
