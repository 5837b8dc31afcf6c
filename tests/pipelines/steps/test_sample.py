from collections.abc import Sequence
from pathlib import Path

from tests.pipelines.toy import (
    BEAM,
    RUN,
    TOY,
    answered_files,
    ask,
    completion,
    reasons,
    sampled,
    stage,
)
from winnow.pipelines.asking.answer import AnsweredRequests
from winnow.pipelines.asking.attempt import write_failures
from winnow.pipelines.asking.shards import RequestFolder
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Failure
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.sampling.ask import samples_of
from winnow.pipelines.steps.sample import SampleSettings, sample
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount
from winnow.schemas.sampled import Sampled
from winnow.warehouse.staging import Staging

SKY, SEA = ask("Why is the sky blue?"), ask("Why is the sea salt?")
TWO = SampleSettings(model="toy", n=2, temperature=0.7, max_tokens=64)


def sampled_by_toy(
    staging: Staging, root: Path, replies: Sequence[tuple[ChatRequest, str]]
) -> StageCount:
    answer = answered_files(root / "store", replies)
    return sample(staging, [TWO], RUN, models={"toy": TOY}, answer=answer, beam=BEAM)


def test_each_request_becomes_a_response_that_says_how_it_was_sampled(tmp_path: Path) -> None:
    asked = sampled([SEA, SKY], [TWO])
    staging = stage(tmp_path / "run", SKY, SEA)
    count = sampled_by_toy(staging, tmp_path, [(r, f"text {i}") for i, r in enumerate(asked)])
    assert (count.n_in, count.n_out, count.n_reused) == (4, 4, 4)
    found = {r.text: r for r in Response.from_table(staging.read(Response))}
    assert found["text 1"].prompt_id == SEA.prompt_id
    assert found["text 1"].sample_index == 1
    assert found["text 1"].request_id == asked[1].request_id
    assert '"temperature":0.7' in (found["text 1"].sampling or "")


def test_a_failed_request_is_a_reject_and_its_neighbours_are_not_touched(tmp_path: Path) -> None:
    first, second = sampled([SKY], [TWO])
    failure = Failure(
        request_id=second.request_id, reason="prompt_too_long", detail="9,000 of 4,096"
    )

    def failing(requests: RequestFolder, *, model: ModelRef, asking: str) -> AnsweredRequests:
        answered = answered_files(tmp_path / "store", [(first, "air")])(
            requests, model=model, stored_only=True
        )
        write_failures(requests.failures, [failure])
        return answered

    staging = stage(tmp_path / "run", SKY)
    count = sample(staging, [TWO], RUN, models={"toy": TOY}, answer=failing, beam=BEAM)  # type: ignore[arg-type]
    assert (count.n_in, count.n_out) == (2, 1)
    assert reasons(staging, "sample") == {failure.request_id: "prompt_too_long"}
    (reject,) = Reject.from_table(staging.read(Reject))
    assert reject.detail == "9,000 of 4,096"
    (found,) = Sampled.from_table(staging.read(Sampled))
    assert (found.n_requests, found.n_failed, found.n_responses) == (2, 1, 1)


def test_entries_that_differ_in_n_alone_add_up_instead_of_asking_twice() -> None:
    one = TWO.model_copy(update={"n": 1})
    samples = samples_of((entry.sampling(), entry.n) for entry in (TWO, one))
    assert [sample.sample_index for sample in samples] == [0, 1, 2]


def test_two_names_of_one_model_are_one_model(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", SKY)
    entries = [SampleSettings(model="toy"), SampleSettings(model="alias")]
    replies = [(request, "same text") for request in sampled([SKY], entries)]
    answer = answered_files(tmp_path / "store", replies)
    models = {"toy": TOY, "alias": TOY.model_copy(update={"name": "alias"})}
    count = sample(staging, entries, RUN, models=models, answer=answer, beam=BEAM)
    assert count.n_out == staging.n_rows(Response) == 2


def test_no_settings_sample_nothing(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", SKY)
    answer = answered_files(tmp_path / "store", [])
    count = sample(staging, [], RUN, models={}, answer=answer, beam=BEAM)
    assert (count.n_in, count.n_out) == (0, 0)


def test_a_thought_stands_beside_the_answer_and_not_in_it(tmp_path: Path) -> None:
    first, second = sampled([SKY], [TWO])
    replies = [
        (first, "<think>\nLight scatters.\n</think>\n\nBlue scatters most."),
        (second, "Air."),
    ]
    staging = stage(tmp_path / "run", SKY)
    sampled_by_toy(staging, tmp_path, replies)
    found = {r.text: r.reasoning for r in Response.from_table(staging.read(Response))}
    assert found == {"Blue scatters most.": "Light scatters.", "Air.": None}


def test_a_thought_that_never_ended_is_a_reject_and_no_answer(tmp_path: Path) -> None:
    first, second = sampled([SKY], [TWO])
    replies = [(first, "<think>\nLight scat"), (second, "Air.")]
    staging = stage(tmp_path / "run", SKY)
    count = sampled_by_toy(staging, tmp_path, replies)
    assert (count.n_in, count.n_out) == (2, 1)
    assert reasons(staging, "sample") == {first.request_id: "unfinished_thought"}


def test_an_answer_whose_end_the_server_does_not_say_is_kept_as_such(tmp_path: Path) -> None:
    asked = sampled([SKY], [TWO])
    unsaid = [completion(r, t) for r, t in zip(asked, ("Air.", "<think>Light"), strict=True)]
    odd = {"finish_reason": None, "n_tokens": None}
    store = CompletionStore(tmp_path / "store")
    store.append([one.model_copy(update=odd) for one in unsaid])
    staging = stage(tmp_path / "run", SKY)
    sampled_by_toy(staging, tmp_path, [])
    (found,) = Sampled.from_table(staging.read(Sampled))
    assert (found.n_cut_off, found.n_end_unknown) == (0, 1)
    (kept,) = Response.from_table(staging.read(Response))
    assert (kept.text, kept.finish_reason, kept.n_tokens) == ("Air.", None, None)
    (reject,) = Reject.from_table(staging.read(Reject))
    assert reject.detail.startswith("thought and no answer, ended by what the server does not say;")


def test_a_run_counts_answers_that_are_none_or_no_whole_ones(tmp_path: Path) -> None:
    asked = sampled([SKY, SEA], [TWO])
    texts = ["<think>Light", "<think>Salt</think>Rivers.", "", "Because air"]
    replies = [completion(r, text) for r, text in zip(asked, texts, strict=True)]
    replies[3] = replies[3].model_copy(update={"finish_reason": "length"})
    store = CompletionStore(tmp_path / "store")
    store.append(replies)
    staging = stage(tmp_path / "run", SKY, SEA)
    sampled_by_toy(staging, tmp_path, [])
    (found,) = Sampled.from_table(staging.read(Sampled))
    assert (found.n_requests, found.n_failed, found.n_unfinished, found.n_responses) == (4, 0, 1, 3)
    assert (found.n_empty, found.n_cut_off, found.n_with_thought) == (1, 1, 1)
