from pathlib import Path

from tests.pipelines.labels.test_verified import PAIRS, person
from winnow.flows.rounds.store import RoundsStore
from winnow.schemas.judgments import VERIFIED, Gold, Judgment
from winnow.schemas.rounds import Asked
from winnow.warehouse.staging import Staging

IDS = [pair.comparison_id for pair in PAIRS]


def asked(place: int, number: int, *, is_new: bool = True, purpose: str = "audit") -> Asked:
    fields = {"round": number, "purpose": purpose, "is_new": is_new}
    return Asked.model_validate({"comparison_id": IDS[place], **fields})


def store_of(tmp_path: Path, *rounds: list[Asked]) -> RoundsStore:
    store = RoundsStore(tmp_path, "toy")
    for number, rows in enumerate(rounds, 1):
        store.ask(number, rows)
    return store


def test_what_was_asked_and_said_is_there_for_the_next_call(tmp_path: Path) -> None:
    store = store_of(tmp_path, [asked(0, 1), asked(1, 1)])
    store.hear([person(PAIRS[0], "a")])
    again = RoundsStore(tmp_path, "toy")
    assert (again.n_rounds, again.n_asked) == (1, 2)
    assert again.pending(1) == [IDS[1]]


def test_hearing_the_same_twice_changes_nothing(tmp_path: Path) -> None:
    store = store_of(tmp_path, [asked(0, 1)])
    store.hear([person(PAIRS[0], "a")])
    before = store.fingerprint()
    store.hear([person(PAIRS[0], "a")])
    assert (len(store.judgments()), store.fingerprint()) == (1, before)


def test_a_comparison_wanted_for_both_purposes_costs_one_label(tmp_path: Path) -> None:
    again = asked(0, 2, is_new=False, purpose="chosen")
    store = store_of(tmp_path, [asked(0, 1)], [again, asked(1, 2)])
    assert store.n_asked == 2
    assert store.asked().num_rows == 3


def test_a_verdict_is_that_of_more_than_half(tmp_path: Path) -> None:
    store = store_of(tmp_path, [asked(0, 1), asked(1, 1)])
    said = [("human:ann", "a"), ("human:bob", "a"), ("human:cem", "b")]
    store.hear([person(PAIRS[0], verdict, who) for who, verdict in said])
    store.hear([person(PAIRS[1], verdict, who) for who, verdict in said[1:]])
    assert store.pending(3) == [IDS[1]]
    assert store.gold() == [Gold(comparison_id=IDS[0], verdict="a", basis=VERIFIED)]


def test_an_answer_taken_back_does_not_count(tmp_path: Path) -> None:
    store = store_of(tmp_path, [asked(0, 1)])
    first = person(PAIRS[0], "a")
    store.hear([first])
    changed = {**first.model_dump(), "judgment_id": "", "verdict": "b"}
    store.hear([Judgment.model_validate({**changed, "supersedes": first.judgment_id})])
    assert [gold.verdict for gold in store.gold()] == ["b"]


def test_a_cell_of_a_sheet_that_was_changed_and_changed_back_is_one_opinion(tmp_path: Path) -> None:
    store = store_of(tmp_path, [asked(0, 1)])
    for verdict in ("a", "b", "b", "a"):
        store.hear([person(PAIRS[0], verdict)])
        assert [judgment.verdict for judgment in store.judgments()] == [verdict]
    assert store.pending(1) == []


def test_exemplars_come_from_the_first_round_alone(tmp_path: Path) -> None:
    store = store_of(tmp_path, [asked(0, 1)], [asked(1, 2)])
    store.hear([person(PAIRS[0], "a"), person(PAIRS[1], "b")])
    staging = Staging(tmp_path / "run")
    store.stage(staging, of_seed=True)
    assert staging.read(Gold)["comparison_id"].to_pylist() == [IDS[0]]
    store.stage(staging)
    assert staging.n_rows(Gold) == staging.n_rows(Judgment) == 2
