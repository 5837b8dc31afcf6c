import json
import math
from collections.abc import Sequence

import pytest

from tests.annotation.toy import asked, respond, view
from winnow.annotation.judge import Judge, Reading, Reply, SubjectView
from winnow.annotation.judges import PairwiseJudge, RankingJudge, RatingJudge
from winnow.annotation.judges.closed import ClosedJudge, shares
from winnow.annotation.judges.replies import places_of
from winnow.schemas.judgments import Judgment, Order, Rating, ScoreShare
from winnow.schemas.token_logprobs import TokenChoice, TokenLogprob

PAIR = view("Air scatters blue.", "Paint.")
PLACES = ('"first"', '"second"', '"tie"')
JUDGES: list[ClosedJudge] = [PairwiseJudge(), RatingJudge(), RankingJudge()]
Piece = str | tuple[str, dict[str, float]]


def reply_of(*pieces: Piece, text: str | None = None) -> Reply:
    """Make a reply of tokens; one with alternatives is a pair of the token and their probabilities."""
    tokens = [token_of(p, {p: 1.0}) if isinstance(p, str) else token_of(*p) for p in pieces]
    said = "".join(token.token for token in tokens)
    return Reply(text=said if text is None else text, tokens=tuple(tokens))


def token_of(token: str, p: dict[str, float]) -> TokenLogprob:
    top = tuple(TokenChoice(token=t, logprob=math.log(q)) for t, q in p.items())
    logprob = math.log(p[token]) if token in p else None
    return TokenLogprob(token=token, logprob=logprob, top=top)


def of_verdict(reply: Reply) -> tuple[float, ...] | None:
    return shares(reply, places_of(reply.text)["verdict",], PLACES)


def read(judge: Judge, reply: Reply, order: Order = "ab") -> Reading:
    (reading,) = judge.read(PAIR.subject(order), [reply])
    return reading


def test_the_probability_of_each_answer_is_shared_out_among_those_allowed() -> None:
    likely = {"first": 0.3, "second": 0.1, "tie": 0.1, "maybe": 0.5}
    reply = reply_of('{"critique":"so","', "verdict", '":"', ("first", likely), '"}')
    assert of_verdict(reply) == pytest.approx((0.6, 0.2, 0.2))


def test_every_token_that_begins_an_answer_counts_for_it() -> None:
    likely = {"first": 0.3, "fi": 0.1, 'first"}': 0.1, "sec": 0.2, "t": 0.1, "title": 0.1, "F": 0.1}
    reply = reply_of('{"critique":"so","verdict":"', ("first", likely), '"}')
    assert of_verdict(reply) == pytest.approx((0.5 / 0.8, 0.2 / 0.8, 0.1 / 0.8))


def test_a_token_that_opens_the_answer_as_well_is_read_from_where_the_answer_begins() -> None:
    likely = {' "first': 0.6, ' "tie': 0.2, ' "': 0.1, "first": 0.1}
    reply = reply_of('{"critique":"so","verdict":', (' "first', likely), '"}')
    assert of_verdict(reply) == pytest.approx((0.75, 0.0, 0.25))


def test_a_critique_that_quotes_the_format_or_another_alphabet_does_not_lead_astray() -> None:
    critique = 'ça "verdict":"tie" où'
    text = json.dumps({"critique": critique, "verdict": "second"}, ensure_ascii=False)
    likely = {"second": 0.9, "first": 0.1}
    pieces: list[Piece] = [
        '<think>"verdict":"tie"</think>',
        '{"critique": "',
        "<0xC3>",
        "<0xA7>",
        "a",
    ]
    pieces += [' \\"verdict\\":\\"tie\\"', "o", "\ufffd", '", "verdict": "', ("second", likely), '"}', "<|im_end|>"]  # fmt: skip
    reply = reply_of(*pieces, text=text)
    assert of_verdict(reply) == pytest.approx((0.1, 0.9, 0.0))


def test_tokens_without_their_blanks_are_found_as_well() -> None:
    text = '{"critique": "so it is", "verdict": "tie"}'
    pieces: list[Piece] = ['{"critique":', '"so', "it", 'is",', '"verdict":', '"', ("tie", {"tie": 1.0}), '"}']  # fmt: skip
    assert of_verdict(reply_of(*pieces, text=text)) == pytest.approx((0.0, 0.0, 1.0))


@pytest.mark.parametrize(
    "piece",
    [
        "first",
        ("first", {}),
        ("first", {"maybe": 0.6, "A": 0.4}),
        ("\ufffd", {"first": 1.0}),
    ],
    ids=["alone", "no-alternatives", "forced-by-a-grammar", "other-text"],
)
def test_what_the_tokens_do_not_tell_is_unknown(piece: Piece) -> None:
    text = '{"critique":"so","verdict":"first"}'
    reply = reply_of('{"critique":"so","verdict":"', piece, '"}', text=text)
    if piece == "first":
        reply = reply.model_copy(update={"tokens": ()})
    assert of_verdict(reply) is None


RANKS = [str(rank) for rank in range(1, 13)]


def of_rank(*pieces: Piece, ranks: Sequence[str] = RANKS) -> dict[str, float] | None:
    """Give the shares of the ranks that have any."""
    reply = reply_of('{"x":', *pieces)
    found = shares(reply, places_of(reply.text)["x",], ranks)
    return found and {rank: p for rank, p in zip(ranks, found, strict=True) if p}


def test_a_number_of_two_tokens_is_read_to_its_end() -> None:
    # 1 and 10 to 12 share the 0.8 of their first digit; of what may follow, "3" is no rank.
    first, then = {"1": 0.8, "2": 0.1, "9": 0.1}, {"0": 0.5, "1": 0.25, ",": 0.125, "3": 0.125}
    ten = of_rank(("1", first), ("0", then), ',"y":1}')
    assert ten == pytest.approx(
        {"1": 0.8 * 1 / 7, "10": 0.8 * 4 / 7, "11": 0.8 * 2 / 7, "2": 0.1, "9": 0.1}
    )
    one = of_rank(("1", first), (",", then), '"y":1}')
    assert one == ten


def test_a_number_ends_where_something_else_than_a_digit_follows() -> None:
    then = {"}": 0.25, " ": 0.25, "\n}": 0.25, "0}": 0.25}
    assert of_rank(("1", {"1": 1.0}), ("}", then)) == pytest.approx({"1": 0.75, "10": 0.25})
    assert of_rank(("1", {"1": 0.9, "2": 0.1}), "}", ranks=RANKS[:9]) == pytest.approx(
        {"1": 0.9, "2": 0.1}
    )


def test_numbers_that_a_tokenizer_writes_whole_are_told_apart() -> None:
    # A token of two digits shows it: "1" beside "12" is the number 1.
    likely = {"12": 0.5, "11": 0.2, "1": 0.2, "2": 0.1}
    shared = pytest.approx({"12": 0.5, "11": 0.2, "1": 0.2, "2": 0.1})
    assert of_rank(("12", likely), "}") == shared
    assert of_rank(("1", likely), ("}", {})) == shared


def test_what_would_have_followed_a_digit_that_was_not_said_is_unknown() -> None:
    assert of_rank(("2", {"2": 0.9, "1": 0.1}), "}") is None
    # Of so little, what it might have been cannot matter.
    assert of_rank(("2", {"2": 0.72, "3": 0.24, "1": 0.04}), "}") == pytest.approx(
        {"2": 0.75, "3": 0.25}
    )


def test_a_number_whose_second_digit_has_no_alternatives_is_unknown() -> None:
    assert of_rank(("1", {"1": 1.0}), ("0", {}), "}") is None
    assert of_rank(("1", {"1": 1.0}), ("0", {"a": 1.0}), "}") is None


def test_ranks_of_a_group_of_ten_carry_the_probability_of_each_two() -> None:
    texts = [str(n) for n in range(10)]
    responses = tuple(respond(PAIR.prompt, text) for text in texts)
    group = SubjectView(
        subject_id="g", prompt=PAIR.prompt, responses=responses, places=tuple(range(10))
    )
    pieces: list[Piece] = ['{"critique":"so"']
    for n in range(1, 9):
        pieces += [f',"response_{n}":', (str(n), {str(n): 1.0})]
    # The ninth response is ninth for certain; the last is tenth with 0.6 and first with 0.4.
    pieces += [',"response_9":', ("9", {"9": 1.0}), ',"response_10":', ("1", {"1": 1.0})]
    pieces += [("0", {"0": 0.6, "}": 0.4}), "}"]
    readings = RankingJudge(probability=True).read(group, [reply_of(*pieces)])
    found = {reading.of: reading.probability for reading in readings}
    first, ninth, tenth = (responses[i].response_id for i in (0, 8, 9))
    assert found[ninth, tenth] == pytest.approx(0.4)
    assert found[first, tenth] == pytest.approx(0.4 / 2)
    assert found[first, ninth] == 0.0


@pytest.mark.parametrize(("order", "p"), [("ab", 0.2 + 0.05), ("ba", 0.7 + 0.05)])
def test_a_verdict_carries_the_probability_that_b_is_better_and_half_a_tie(
    order: Order, p: float
) -> None:
    likely = {"first": 0.7, "second": 0.2, "tie": 0.1}
    reply = reply_of('{"critique":"so","verdict":"', ("first", likely), '"}')
    assert read(PairwiseJudge(probability=True), reply, order).probability == pytest.approx(p)
    assert read(PairwiseJudge(), reply, order).probability is None


def test_ratings_carry_their_distribution_and_what_is_to_be_expected() -> None:
    first, second = {"4": 0.5, "5": 0.5}, {"3": 0.25, "4": 0.75}
    reply = reply_of('{"critique":"so","first":', ("5", first), ',"second":', ("4", second), "}")
    reading = read(RatingJudge(probability=True), reply, "ba")
    a, b = reading.ratings
    assert [(s.score, s.share) for s in b.distribution or ()] == [(1, 0), (2, 0), (3, 0), (4, 0.5), (5, 0.5)]  # fmt: skip
    assert (a.score, a.expected, b.score, b.expected) == (4, 3.75, 5, 4.5)
    # b is higher unless both are 4.
    assert reading.probability == pytest.approx(1 - 0.5 * 0.75 + 0.5 * 0.75 / 2)
    bare = read(RatingJudge(), reply, "ba")
    assert (bare.probability, {r.distribution for r in bare.ratings}) == (None, {None})


def test_the_probability_of_several_ratings_is_that_of_their_sums() -> None:
    judge = RatingJudge(probability=True, attributes={"x": "", "y": "why"}, min_difference=2)
    even = {"1": 0.5, "2": 0.5}
    reply = reply_of(
        '{"critique":"so","first":{"x":', ("1", even), ',"y":', ("1", even), '},"second":{"y":',
        ("3", {"3": 1.0}), ',"x":', ("1", {"1": 1.0}), "}}",
    )  # fmt: skip
    reading = read(judge, reply)
    # Sums: a is 2, 3 or 4 with 1/4, 1/2, 1/4; b is 4, so b wins by 2 with 1/4, and all else is a tie.
    assert (reading.verdict, reading.probability) == ("b", pytest.approx(0.25 + 0.75 / 2))
    assert [r.expected for r in reading.ratings] == pytest.approx([1.5, 1.5, 1, 3])


def test_what_is_unknown_of_one_rating_leaves_the_other_its_own() -> None:
    reply = reply_of('{"critique":"so","first":', ("5", {}), ',"second":', ("4", {"4": 1.0}), "}")
    reading = read(RatingJudge(probability=True), reply)
    assert [r.expected for r in reading.ratings] == [None, 4.0]
    assert reading.probability is None


def test_ranks_carry_the_probability_of_each_two() -> None:
    first, second = {"1": 0.8, "2": 0.2}, {"1": 0.1, "2": 0.9}
    reply = reply_of(
        '{"critique":"so","response_1":', ("1", first), ',"response_2":', ("2", second), "}"
    )
    tied = (0.8 * 0.1 + 0.2 * 0.9) / 2
    reading = read(RankingJudge(probability=True), reply)
    assert reading.probability == pytest.approx(0.2 * 0.1 + tied)
    assert read(RankingJudge(), reply).probability is None


@pytest.mark.parametrize("judge", JUDGES, ids=lambda judge: judge.name)
def test_log_probabilities_are_asked_for_only_where_they_are_wanted(judge: ClosedJudge) -> None:
    wanting = judge.model_copy(update={"probability": True})
    assert (asked(judge, PAIR).logprobs, asked(wanting, PAIR).logprobs) == (None, 10)
    assert asked(judge, PAIR).messages == asked(wanting, PAIR).messages


def judgment_of(ratings: Sequence[Rating]) -> Judgment:
    return Judgment(
        comparison_id="c", annotator_id="j", kind="llm", verdict="tie", ratings=tuple(ratings)
    )


def test_a_distribution_is_part_of_what_was_said_and_survives_the_table() -> None:
    judgment = judgment_of([Rating(response_id="r", attribute="quality", score=4)])
    likelier = Rating(response_id="r", attribute="quality", score=4, expected=3.5)
    share = ScoreShare(score=4, share=1.0)
    surer = Rating(response_id="r", attribute="quality", score=4, distribution=(share,))
    judgments = [judgment, judgment_of([likelier]), judgment_of([surer])]
    assert len({one.judgment_id for one in judgments}) == 3
    assert Judgment.from_table(Judgment.to_table(judgments)) == judgments
