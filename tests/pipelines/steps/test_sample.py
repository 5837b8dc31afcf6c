from functools import partial
from pathlib import Path

from tests.pipelines.toy import BEAM, RUN, TOY, answered, ask, completion, reasons, stage
from winnow.pipelines.asking.complete import Answers, complete
from winnow.pipelines.inference.requests import ChatRequest, Failure
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.steps.sample import SampleSettings, requests_for, sample
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.schemas.sampled import Sampled

SKY, SEA = ask("Why is the sky blue?"), ask("Why is the sea salt?")
TWO = SampleSettings(model="toy", n=2, temperature=0.7, max_tokens=64)


def test_each_request_becomes_a_response_that_says_how_it_was_sampled(tmp_path: Path) -> None:
    asked = list(requests_for([SEA, SKY], [TWO], TOY))
    staging = stage(tmp_path / "run", SKY, SEA)
    complete = answered(tmp_path / "store", [(a.request, f"text {i}") for i, a in enumerate(asked)])
    count = sample(staging, [TWO], RUN, models={"toy": TOY}, complete=complete)
    assert (count.n_in, count.n_out, count.n_reused) == (4, 4, 4)
    found = {r.text: r for r in Response.from_table(staging.read(Response))}
    assert found["text 1"].prompt_id == SEA.prompt_id
    assert found["text 1"].sample_index == 1
    assert found["text 1"].request_id == asked[1].request.request_id
    assert '"temperature":0.7' in (found["text 1"].sampling or "")


def test_a_failed_request_is_a_reject_and_its_neighbours_are_not_touched(tmp_path: Path) -> None:
    first, second = requests_for([SKY], [TWO], TOY)
    complete = answered(tmp_path / "store", [(first.request, "air")])
    failure = Failure(
        request_id=second.request.request_id, reason="prompt_too_long", detail="9,000 of 4,096"
    )

    def failing(requests: list[ChatRequest], *, model: object, asking: str) -> Answers:
        answers = complete(requests[:1], model=TOY)
        return answers._replace(results={**answers.results, failure.request_id: failure})

    staging = stage(tmp_path / "run", SKY)
    count = sample(staging, [TWO], RUN, models={"toy": TOY}, complete=failing)  # type: ignore[arg-type]
    assert (count.n_in, count.n_out) == (2, 1)
    assert reasons(staging, "sample") == {failure.request_id: "prompt_too_long"}


def test_entries_that_differ_in_n_alone_add_up_instead_of_asking_twice() -> None:
    one = TWO.model_copy(update={"n": 1})
    asked = list(requests_for([SKY], [TWO, one], TOY))
    assert [a.request.sample_index for a in asked] == [0, 1, 2]


def test_two_names_of_one_model_are_one_model(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", SKY)
    entries = [SampleSettings(model="toy"), SampleSettings(model="alias")]
    asked = list(requests_for([SKY], entries, TOY))
    complete = answered(tmp_path / "store", [(a.request, "same text") for a in asked])
    models = {"toy": TOY, "alias": TOY.model_copy(update={"name": "alias"})}
    count = sample(staging, entries, RUN, models=models, complete=complete)
    assert count.n_out == staging.n_rows(Response) == 2


def test_a_model_is_asked_with_documents_tools_and_what_it_goes_on_from() -> None:
    user, begun = (
        Message(role="user", content="Who?"),
        Message(role="assistant", content="It was "),
    )
    prompt = Prompt(messages=(user, begun), contexts=("Ada wrote it.",), tools="[]", source="x")
    (asked,) = requests_for([prompt], [TWO.model_copy(update={"n": 1})], TOY)
    told = Message(role="system", content="Document 1:\nAda wrote it.")
    assert asked.request.messages == (told, user, begun)
    assert (asked.request.tools, asked.request.goes_on) == ("[]", True)


def test_no_settings_sample_nothing(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", SKY)
    count = sample(staging, [], RUN, models={}, complete=answered(tmp_path / "store", []))
    assert (count.n_in, count.n_out) == (0, 0)


def test_a_thought_stands_beside_the_answer_and_not_in_it(tmp_path: Path) -> None:
    first, second = requests_for([SKY], [TWO], TOY)
    replies = [
        (first.request, "<think>\nLight scatters.\n</think>\n\nBlue scatters most."),
        (second.request, "Air."),
    ]
    staging = stage(tmp_path / "run", SKY)
    sample(staging, [TWO], RUN, models={"toy": TOY}, complete=answered(tmp_path / "s", replies))
    found = {r.text: r.reasoning for r in Response.from_table(staging.read(Response))}
    assert found == {"Blue scatters most.": "Light scatters.", "Air.": None}


def test_a_thought_that_never_ended_is_a_reject_and_no_answer(tmp_path: Path) -> None:
    first, second = requests_for([SKY], [TWO], TOY)
    replies = [(first.request, "<think>\nLight scat"), (second.request, "Air.")]
    staging = stage(tmp_path / "run", SKY)
    complete = answered(tmp_path / "s", replies)
    count = sample(staging, [TWO], RUN, models={"toy": TOY}, complete=complete)
    assert (count.n_in, count.n_out) == (2, 1)
    assert reasons(staging, "sample") == {first.request.request_id: "unfinished_thought"}


def test_an_answer_whose_end_the_server_does_not_say_is_kept_as_such(tmp_path: Path) -> None:
    asked = [a.request for a in requests_for([SKY], [TWO], TOY)]
    unsaid = [completion(r, t) for r, t in zip(asked, ("Air.", "<think>Light"), strict=True)]
    odd = {"finish_reason": None, "n_tokens": None}
    store = CompletionStore(tmp_path / "s")
    store.append([one.model_copy(update=odd) for one in unsaid])
    staging = stage(tmp_path / "run", SKY)
    sample(
        staging, [TWO], RUN, models={"toy": TOY}, complete=partial(complete, store=store, beam=BEAM)
    )
    (found,) = Sampled.from_table(staging.read(Sampled))
    assert (found.n_cut_off, found.n_end_unknown) == (0, 1)
    (kept,) = Response.from_table(staging.read(Response))
    assert (kept.text, kept.finish_reason, kept.n_tokens) == ("Air.", None, None)
    (reject,) = Reject.from_table(staging.read(Reject))
    assert reject.detail.startswith("thought and no answer, ended by what the server does not say;")


def test_a_run_counts_answers_that_are_none_or_no_whole_ones(tmp_path: Path) -> None:
    asked = [a.request for a in requests_for([SKY, SEA], [TWO], TOY)]
    texts = ["<think>Light", "<think>Salt</think>Rivers.", "", "Because air"]
    replies = [completion(r, text) for r, text in zip(asked, texts, strict=True)]
    replies[3] = replies[3].model_copy(update={"finish_reason": "length"})
    store = CompletionStore(tmp_path / "s")
    store.append(replies)
    staging = stage(tmp_path / "run", SKY, SEA)
    sample(
        staging, [TWO], RUN, models={"toy": TOY}, complete=partial(complete, store=store, beam=BEAM)
    )
    (found,) = Sampled.from_table(staging.read(Sampled))
    assert (found.n_requests, found.n_failed, found.n_unfinished, found.n_responses) == (4, 0, 1, 3)
    assert (found.n_empty, found.n_cut_off, found.n_with_thought) == (1, 1, 1)
