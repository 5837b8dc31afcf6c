from dataclasses import replace
from pathlib import Path

import pytest

from tests.annotation.queues.material import answered, one_response, pair
from winnow.annotation.queues.tasks import Edit, Pairwise, View
from winnow.flows.people.store import PeopleStore
from winnow.flows.settings.queue import QueueSettings
from winnow.pipelines.tally import Tally
from winnow.schemas.answers import Answer
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.prompts import Prompt, ToolCall
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging


def store_of(folder: Path, *answers: Answer, task: str = "pairwise") -> PeopleStore:
    store = PeopleStore(folder, "queue")
    store.remember(QueueSettings(name="queue", task=task))
    for answer in answers:
        store.keep([answer])
    store.read_out()
    return store


def tally() -> Tally:
    return Tally("label", "people's judgments", "run")


def run_of(folder: Path, *views: View) -> Staging:
    """Stage what a run holds before it labels."""
    staging = Staging(folder / "run")
    staging.write(Prompt, [view.prompt for view in views])
    staging.write(Response, [r for view in views for r in view.responses])
    pairs = [view for view in views if len(view.responses) == 2]
    staging.write(
        Comparison,
        [
            Comparison(
                prompt_id=v.prompt.prompt_id,
                response_ids=tuple(r.response_id for r in v.responses),
                strategy="all_pairs",
            )
            for v in pairs
        ],
    )
    return staging


def test_only_the_last_word_of_each_answer_is_staged(tmp_path: Path) -> None:
    said = [
        answered(Pairwise(), pair(), {"preference": preference}, minute=n)
        for n, preference in enumerate(("first_much", "tie"))
    ]
    staging = run_of(tmp_path, pair())
    assert store_of(tmp_path, *said).stage(staging, tally()) == 1
    assert staging.read(Judgment)["verdict"].to_pylist() == ["tie"]


def test_what_was_said_of_other_comparisons_stays_out_of_the_run(tmp_path: Path) -> None:
    store = store_of(tmp_path, answered(Pairwise(), pair(1), {"preference": "tie"}))
    books = tally()
    assert store.stage(run_of(tmp_path, pair(0)), books) == 0
    assert [(reject.record, reject.reason) for reject in books.rejects] == [
        ("judgment", "not_compared")
    ]
    assert store.judgments().num_rows == 1


def test_an_edited_response_comes_into_the_run_with_its_comparison(tmp_path: Path) -> None:
    view = one_response()
    store = store_of(tmp_path, answered(Edit(), view, {"edited": "13 is prime."}), task="edit")
    staging = run_of(tmp_path, view)
    assert store.stage(staging, tally()) == 1
    texts = {r.response_id: r.text for r in Response.from_table(staging.read(Response))}
    (comparison,) = Comparison.from_table(staging.read(Comparison))
    (judgment,) = Judgment.from_table(staging.read(Judgment))
    assert texts[comparison.response_ids["ab".index(judgment.verdict)]] == "13 is prime."


def test_the_edit_of_a_response_that_calls_tools_is_rejected_and_not_cut(tmp_path: Path) -> None:
    whole = one_response()
    call = ToolCall(name="factor", arguments="{}")
    (original,) = whole.responses
    calling = original.model_copy(update={"tool_calls": (call,)})
    store = store_of(tmp_path, answered(Edit(), whole, {"edited": "13 is prime."}), task="edit")
    staging, books = run_of(tmp_path, replace(whole, responses=(calling,))), tally()
    assert store.stage(staging, books) == 0
    assert [reject.reason for reject in books.rejects] == ["edit_of_turns"]
    assert staging.read(Response)["text"].to_pylist() == [original.text]
    assert staging.read(Comparison).num_rows == 0


def test_answers_kept_twice_are_there_once(tmp_path: Path) -> None:
    answer = answered(Pairwise(), pair(), {"preference": "tie"})
    store = store_of(tmp_path, answer, answer)
    assert store.answers() == [answer]


@pytest.mark.parametrize("n_answers", [0, 1])
def test_the_fingerprint_follows_what_was_said(tmp_path: Path, n_answers: int) -> None:
    answers = [answered(Pairwise(), pair(n), {"preference": "tie"}) for n in range(n_answers)]
    first = store_of(tmp_path / "one", *answers).fingerprint()
    assert first == store_of(tmp_path / "two", *answers).fingerprint()
    more = answered(Pairwise(), pair(7), {"preference": "tie"})
    assert first != store_of(tmp_path / "three", *answers, more).fingerprint()
