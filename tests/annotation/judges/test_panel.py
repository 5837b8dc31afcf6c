import inspect
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import ValidationError

from tests.annotation.toy import respond, view
from winnow.annotation.judge import Judge, Question, Reading, Reply, SubjectView
from winnow.annotation.judges.panel import PanelJudge
from winnow.annotation.judges.repeated import RepeatedJudge
from winnow.pipelines.labelling.settings import JudgeSettings

PAIR = view("One.", "Other.").subject("ab")
THREE = [{"model": "m1", "role": "Be strict."}, {"model": "m2"}, {"guidelines": "- Short wins."}]


def panel(members: Sequence[dict[str, Any]] = THREE, **settings: Any) -> Judge:
    entry = {"judge": "panel", "model": "toy", "members": list(members), **settings}
    return JudgeSettings.model_validate(entry).build()


def for_(place: str, why: str = "so") -> Reply:
    return Reply(text=f'{{"critique":"{why}","verdict":"{place}"}}')


def go(
    judge: Judge, *places: str, subject: SubjectView = PAIR
) -> tuple[list[Question], Reading, int]:
    """Answer each question in turn until there is none; give all questions, what is read, and the last round."""
    replies: list[Reply] = []
    asked: list[Question] = []
    rounds = 0
    while more := judge.ask(subject, replies):
        rounds += 1
        asked += more
        replies += [for_(places[len(replies) + i], f"why {len(replies) + i}") for i in range(len(more))]  # fmt: skip
    assert len(replies) == len(places)
    (reading,) = judge.read(subject, replies)
    return asked, reading, rounds


def text_of(question: Question) -> str:
    return "\n".join(turn.text() for turn in question.messages)


def test_members_judge_for_themselves_each_with_its_model_its_part_and_its_guidelines() -> None:
    judge = panel()
    asked, reading, rounds = go(judge, "first", "second", "second")
    assert [judge.model_in(n) for n in range(1, rounds + 1)] == ["m1", "m2", None]
    assert "Your part: Be strict." in text_of(asked[0])
    assert "- Short wins." in text_of(asked[2])
    assert not any("why" in text_of(question) for question in asked)
    assert (reading.verdict, reading.probability) == ("b", 2 / 3)
    assert reading.rationale == "3 members: 1 for a, 2 for b\nwhy 1"


def test_members_of_one_model_are_asked_in_one_round_and_those_alike_are_drawn_anew() -> None:
    judge = panel([{}, {}, {"role": "Be kind."}], temperature=0.7)
    first = judge.ask(PAIR)
    assert [question.sample for question in first] == [0, 1, 0]
    assert judge.model_in(1) is None


def test_in_an_exchange_each_reads_its_own_reply_and_the_others_and_may_change_its_verdict() -> (
    None
):
    judge = panel(exchanges=2)
    asked, reading, rounds = go(judge, "first", "second", "second", "second", "second", "second")
    assert rounds == 6  # after the first exchange all agree
    third = asked[3]
    assert [turn.role for turn in third.messages] == ["system", "user", "assistant", "user"]
    assert "why 0" in third.messages[2].text() and "why 0" not in third.messages[3].text()
    assert all(why in third.messages[3].text() for why in ("why 1", "why 2"))
    assert (reading.verdict, reading.probability) == ("b", 1.0)
    assert reading.rationale.startswith("after 1 exchange, 3 members: 3 for b")


def test_flips_show_in_the_transcript() -> None:
    judge = panel(exchanges=1)
    replies = [for_(place) for place in ("first", "second", "tie", "second", "second", "tie")]
    notes = judge.transcript(PAIR, replies)
    assert [(one.role, one.round, one.saw, one.note) for one in notes] == [
        ("member 1", 1, (), ""),
        ("member 2", 2, (), ""),
        ("member 3", 3, (), ""),
        ("member 1", 4, (1, 2, 3), "changed"),
        ("member 2", 5, (1, 2, 3), ""),
        ("member 3", 6, (1, 2, 3), ""),
    ]
    assert [one.says[0].verdict for one in notes] == ["a", "b", "tie", "b", "b", "tie"]


@pytest.mark.parametrize(
    ("places", "n_rounds"), [(("first",) * 3, 3), (("first", "first", "tie"), 6)]
)
def test_easy_cases_end_and_hard_ones_go_on(places: tuple[str, ...], n_rounds: int) -> None:
    later = ("first", "first", "tie") if n_rounds == 6 else ()
    _, _, rounds = go(panel(exchanges=1), *places, *later)
    assert rounds == n_rounds


def test_without_the_stop_all_exchanges_take_place() -> None:
    judge = panel(exchanges=1, stop_when_agreed=False)
    assert go(judge, *["first"] * 6)[2] == 6


def test_a_member_that_cannot_be_read_takes_no_part_and_keeps_the_panel_from_agreeing() -> None:
    judge = panel(exchanges=1)
    opening = [for_("first"), Reply(text='{"crit'), for_("first")]
    assert judge.ask(PAIR, opening)
    (reading,) = judge.read(PAIR, [*opening, for_("first"), Reply(text=""), for_("second")])
    assert reading.verdict == "tie"
    assert "1 member could not be read and took no part" in reading.rationale
    assert "a and b lead alike, which is a tie" in reading.rationale
    (lost,) = judge.read(PAIR, [*opening, *[Reply(text="?")] * 3])
    assert (lost.verdict, lost.probability) == ("invalid", None)


def test_by_the_mean_two_lukewarm_members_do_not_outvote_a_sure_one() -> None:
    rated = [(2, 3), (2, 3), (5, 1)]
    replies = [
        Reply(text=f'{{"critique":"so {i}","first":{a},"second":{b}}}') for i, (a, b) in enumerate(rated)
    ]  # fmt: skip
    members = [{"judge": "rating", "role": str(i)} for i in range(3)]
    (by_votes,) = panel(members).read(PAIR, replies)
    (by_mean,) = panel(members, verdict_by="mean").read(PAIR, replies)
    assert (by_votes.verdict, by_mean.verdict, by_mean.strength) == ("b", "a", -1)
    assert by_mean.rationale.startswith("mean ratings: a 3.00, b 2.33; 3 members: 1 for a, 2 for b")
    assert by_mean.rationale.endswith("\nso 2")
    assert (by_votes.probability, by_mean.probability) == (2 / 3, None)  # votes are for b


def test_members_that_rate_one_response_make_one_rating_of_it() -> None:
    alone = SubjectView(
        kind="response", subject_id="r", prompt=PAIR.prompt, responses=(respond(PAIR.prompt, "One."),), places=(0,)
    )  # fmt: skip
    judge = panel([{"judge": "rating", "pointwise": True, "role": str(i)} for i in range(2)], exchanges=1)  # fmt: skip
    unlike = [Reply(text=f'{{"critique":"so","rating":{n}}}') for n in (2, 5)]
    assert judge.ask(alone, unlike) and not judge.ask(alone, [unlike[0]] * 2)
    (reading,) = judge.read(alone, [*unlike, *unlike])
    assert [(r.score, len(r.distribution or ())) for r in reading.ratings] == [(3.5, 2)]


@pytest.mark.parametrize("key", ["reference", "rubric"])
def test_a_panel_judges_by_what_any_member_judges_by(key: str) -> None:
    assert getattr(panel([{key: True}, {"role": "Doubt."}]), f"by_{key}")
    assert not getattr(panel([{}, {"role": "Doubt."}]), f"by_{key}")


@pytest.mark.parametrize("wrapper", [PanelJudge, RepeatedJudge])
def test_a_judge_made_of_others_says_itself_all_that_a_judge_may_say(wrapper: type[Judge]) -> None:
    of_one = {"asks_once"} | (
        {"cut"} if wrapper is PanelJudge else set()
    )  # members ask once, of no steps
    may_say = {
        name
        for name, what in vars(Judge).items()
        if not name.startswith(("_", "model_"))
        and (isinstance(what, property) or inspect.isfunction(what))
    } | {"model_in"}
    assert may_say - of_one <= vars(wrapper).keys()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"members": [{}]}, "at least 2"),
        ({"members": [{}, {"judge": "rubric"}]}, "does not ask one question a subject; choose"),
        ({"members": [{}, {"judge": "ranking"}]}, "asked about group and pair, which cannot be counted together"),
        ({"members": [{}, {}], "verdict_by": "mean"}, "gives no ratings; make it rating, or take the majority"),
        ({"members": [{}, {}], "stop_when_agreed": False}, "give exchanges as well, or leave it out"),
        ({"members": [{"judge": "rating"}, {"judge": "rating", "min_difference": 2}], "verdict_by": "mean"}, r"members\[1\] has a min_difference; leave it out"),
        ({"members": [{}, {"role": "x"}, {}]}, r"members\[0\] and members\[2\] are alike, and at temperature 0 .* temperature, such as 0.7"),
        ({"members": [{"temperature": 0}, {"temperature": 0}], "temperature": 1}, "are alike, and at temperature 0"),
        ({"members": [{}, {"temperature": 1}], "temperature": 1}, "alike but for how they are written"),
        ({"members": [{}, {"model": "toy"}]}, r"members\[1\].model is 'toy', the panel's own model; leave model out"),
        ({"members": [{}, {"guidline": "x"}]}, "did you mean 'guidelines'"),
    ],
)  # fmt: skip
def test_a_wrong_panel_is_refused_with_the_way_out(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        JudgeSettings.model_validate({"judge": "panel", "model": "toy", **settings})
