from collections import Counter, defaultdict

from hypothesis import given
from hypothesis import strategies as st

from tests.annotation.queues.material import answered, pair
from winnow.annotation.queues.overlap import (
    Opinion,
    Request,
    Staff,
    beyond,
    n_answers_left,
    n_unasked,
    next_requests,
    state_of,
    verdict_of,
)
from winnow.annotation.queues.tasks import Pairwise
from winnow.schemas.judgments import Verdict

STAFF = Staff(people=("ann", "bob", "cid"), seniors=("eva",))


def said(**verdicts: Verdict) -> list[Opinion]:
    return [Opinion("c", name, verdict) for name, verdict in verdicts.items()]


def test_two_who_agree_settle_a_comparison() -> None:
    assert state_of(said(ann="tie", bob="tie")) == "settled"
    assert next_requests(said(ann="tie", bob="tie"), STAFF) == []


def test_two_who_differ_get_a_third_who_has_not_spoken() -> None:
    assert next_requests(said(ann="a", cid="b"), STAFF) == [Request("c", "bob", 2)]


def test_three_who_differ_go_to_a_senior_and_no_further() -> None:
    opinions = said(ann="a", bob="b", cid="tie")
    assert next_requests(opinions, STAFF) == [Request("c", "eva", 3)]
    decided = [*opinions, Opinion("c", "eva", "b", round=3)]
    assert (state_of(decided), verdict_of(decided)) == ("settled", "b")


def test_a_third_makes_a_majority() -> None:
    assert verdict_of(said(ann="a", bob="b", cid="b")) == "b"
    assert verdict_of(said(ann="a", bob="b")) is None


def test_a_discarded_item_is_not_an_opinion_and_someone_else_is_asked() -> None:
    assert state_of(said(ann="a", bob="invalid")) == "open"
    asked = [Request("c", "cid", 2)]
    staff = Staff(people=("ann", "bob", "cid", "dan"))
    opinions = said(ann="a", bob="b", cid="invalid")
    assert next_requests(opinions, staff, asked=asked) == [Request("c", "dan", 2)]


def test_nobody_is_asked_twice_for_the_same_opinion() -> None:
    assert next_requests(said(ann="a", bob="b"), STAFF, asked=[Request("c", "cid", 2)]) == []


def test_nobody_is_asked_where_everyone_has_spoken_and_the_item_is_counted() -> None:
    two = Staff(people=("ann", "bob"))
    assert next_requests(said(ann="a", bob="b"), two) == []
    assert n_unasked(said(ann="a", bob="b"), two, asked=[]) == (1, 0)
    assert n_unasked(said(ann="a", bob="b"), STAFF, asked=[Request("c", "cid", 2)]) == (0, 0)
    assert n_unasked(said(ann="a", bob="b", cid="tie"), two, asked=[]) == (0, 1)


def test_what_was_asked_of_someone_who_left_unanswered_is_asked_of_another() -> None:
    asked = [Request("c", "gus", 2)]
    assert next_requests(said(ann="a", bob="b"), STAFF, asked=asked) == [Request("c", "cid", 2)]
    answered = said(ann="a", bob="b", gus="b")
    assert next_requests(answered, STAFF, asked=asked) == []


def test_thirds_are_spread_over_those_who_are_free() -> None:
    opinions = [
        Opinion(f"c{n}", name, verdict)
        for n in range(10)
        for name, verdict in (("ann", "a"), ("bob", "b"))
    ]
    found = next_requests(opinions, Staff(people=("ann", "bob", "cid", "dan")))
    assert Counter(r.annotator_id for r in found) == {"cid": 5, "dan": 5}


def test_what_is_asked_for_counts_against_the_budget_before_it_is_answered() -> None:
    assert n_answers_left(100, n_first_round=40, n_people=2, n_asked=15) == 5
    assert n_answers_left(100, n_first_round=50, n_people=2, n_asked=3) == 0
    assert n_answers_left(None, n_first_round=50, n_people=2, n_asked=3) is None


verdicts = st.fixed_dictionaries(
    {name: st.sampled_from(("a", "b", "tie")) for name in ("ann", "bob", "cid", "eva")}
)


@given(st.lists(verdicts, max_size=30), st.one_of(st.none(), st.integers(0, 40)))
def test_in_a_simulated_queue_only_the_divided_get_a_third_within_the_budget(
    minds: list[dict[str, Verdict]], budget: int | None
) -> None:
    mind = {f"c{n}": m for n, m in enumerate(minds)}
    opinions = [Opinion(c, name, m[name]) for c, m in mind.items() for name in ("ann", "bob")]
    asked: list[Request] = []
    while new := next_requests(
        opinions, STAFF, asked=asked, n_left=None if budget is None else budget - len(asked)
    ):
        asked += new
        opinions += [
            Opinion(r.comparison_id, r.annotator_id, mind[r.comparison_id][r.annotator_id], r.round)
            for r in new
        ]
    differ = {c for c, m in mind.items() if m["ann"] != m["bob"]}
    thirds = [r.comparison_id for r in asked if r.round == 2]
    assert len(set(thirds)) == len(thirds) and set(thirds) <= differ
    assert len(asked) <= budget if budget is not None else set(thirds) == differ
    if budget is None:
        by_comparison = defaultdict(list)
        for opinion in opinions:
            by_comparison[opinion.comparison_id].append(opinion)
        assert all(state_of(said) == "settled" for said in by_comparison.values())


def test_answers_beyond_those_an_item_is_to_have_count_against_the_budget() -> None:
    task, view = Pairwise(), pair()
    tie = {"preference": "tie"}
    people = [answered(task, view, tie, who=f"human:{who}") for who in ("ann", "bob", "cem", "dan")]
    aside = answered(task, view, {}, who="human:eve")
    changed = answered(task, view, tie, minute=5, who="human:ann")
    assert beyond([*people, aside, changed], n_people=2) == 2
    assert n_answers_left(10, n_first_round=3, n_people=2, n_asked=1, n_beyond=2) == 1
