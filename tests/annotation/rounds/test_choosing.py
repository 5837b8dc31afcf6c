import numpy as np
from scipy import sparse

from tests.annotation.rounds.material import state
from winnow.annotation.rounds import choose
from winnow.annotation.rounds.choosing import risk
from winnow.annotation.similarity import embed

EVEN, SURE = (0.5, 0.5, 0.0), (0.99, 0.01, 0.0)


def apart(n: int) -> sparse.csr_array:
    return sparse.csr_array(np.eye(n))


def test_the_first_round_is_all_random() -> None:
    picks = choose(state(*[SURE] * 8, EVEN), apart(9), 4, audit_share=0.25)
    assert [pick.purpose for pick in picks] == ["audit"] * 4


def test_uncertain_items_come_first() -> None:
    found = state(SURE, EVEN, SURE, (0.6, 0.4, 0.0), verdict="a---", audit="x---")
    picks = choose(found, apart(4), 2, audit_share=0.0)
    assert [(p.item, p.purpose) for p in picks if p.is_new] == [(1, "chosen"), (3, "chosen")]


def test_items_like_one_that_proved_wrong_come_before_items_that_are_as_sure() -> None:
    vectors = embed(["dosage of aspirin", "dosage of ibuprofen", "capital of France", "rhyme on a cat"])  # fmt: skip
    found = state(SURE, SURE, SURE, SURE, verdict="b---", audit="x---")
    doubts = risk(found, vectors)
    assert doubts[1] > doubts[2] >= doubts[3]
    picks = choose(found, vectors, 1, audit_share=0.0)
    assert [p.item for p in picks if p.is_new] == [1]


def test_an_item_is_no_evidence_about_itself() -> None:
    found = state(SURE, SURE, verdict="b-", audit="x-")
    np.testing.assert_allclose(risk(found, apart(2)), [0.01, 0.01])


def test_people_do_not_see_the_same_thing_twice_in_a_round() -> None:
    vectors = embed(["start", "same words here", "same words here", "something else"])
    found = state(SURE, EVEN, EVEN, (0.6, 0.4, 0.0), verdict="a---", audit="x---")
    chosen = {p.item for p in choose(found, vectors, 2, audit_share=0.0) if p.is_new}
    assert 3 in chosen
    assert len(chosen & {1, 2}) == 1


def test_the_random_share_walks_one_shuffle_whoever_judged_its_items_before() -> None:
    nobody = state(*[SURE] * 6)
    order = [p.item for p in choose(nobody, apart(6), 6, audit_share=1.0, seed=3)]
    letters = ["-"] * 6
    letters[order[0]] = "x"
    audited, letters[order[1]] = "".join(letters), "x"
    known = "".join(letters).replace("x", "a")  # the second was judged because it seemed doubtful
    found = state(*[SURE] * 6, verdict=known, audit=audited)
    picks = choose(found, apart(6), 1, audit_share=1.0, seed=3)
    assert [(p.item, p.is_new) for p in picks] == [(order[1], False), (order[2], True)]


def test_no_more_is_asked_than_there_is() -> None:
    found = state(SURE, EVEN, verdict="a-", audit="x-")
    assert sum(p.is_new for p in choose(found, apart(2), 10, audit_share=0.5)) == 1
