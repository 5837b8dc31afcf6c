"""A step that was gone through before is taken up as it is, and done again where anything it rests on is another."""

import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pytest

from tests.pipelines.toy import BEAM, RUN, TOY, StoredModel, ask, completion, failing
from winnow.pipelines.asking.answer import AnswerRequests
from winnow.pipelines.asking.before import AnsweredBefore
from winnow.pipelines.asking.counts import RequestCounts
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.steps import SampleStep
from winnow.pipelines.steps.finished import clear_but_finished, lay_finished_by, once
from winnow.pipelines.steps.sample import SampleSettings
from winnow.pipelines.steps.step import StepContext
from winnow.schemas.prompts import Prompt
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount
from winnow.schemas.sampled import Sampled
from winnow.warehouse.staging import Staging

SKY, SEA = ask("Why is the sky blue?"), ask("Why is the sea salt?")
TWICE = SampleStep(entries=(SampleSettings(model="toy", n=2),))


def words(request: ChatRequest) -> Completion:
    return completion(request, f"words {request.sample_index}")


@dataclass
class Run:
    """A run of one step, as it is started again and again."""

    root: Path
    model: StoredModel
    recalled: list[RequestCounts] = field(default_factory=list)
    n_answers: int = 0

    @property
    def staging(self) -> Staging:
        return Staging(self.root / "run")

    def context(self) -> StepContext:
        def recall(model: ModelRef, found: AnsweredBefore) -> None:
            found.check(self.model.store)
            self.recalled.append(found.counts)

        return StepContext(
            staging=self.staging,
            run_id=RUN,
            stage="sample",
            models={"toy": TOY},
            answer=self._answer,
            recall=recall,
            beam=BEAM,
        )

    def start(
        self,
        *prompts: Prompt,
        step: SampleStep = TWICE,
        change: Callable[[StepContext], StepContext] = lambda at: at,
    ) -> StageCount:
        """Read the prompts anew and go through the step."""
        clear_but_finished(self.staging)
        assert self.staging.n_rows(Response) == 0
        self.staging.write(Prompt, prompts or (SKY, SEA))
        (count,) = step.work(change(self.context()))
        return count

    def rows(self) -> Mapping[str, pa.Table]:
        return {record.table: self.staging.read(record) for record in (Response, Reject, Sampled)}

    def _answer(self, *args, **more):  # type: ignore[no-untyped-def]
        self.n_answers += 1
        return self.model.answer(*args, **more)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path, StoredModel(tmp_path / "store", words))


def test_a_finished_step_is_taken_up_and_none_of_its_requests_is_looked_at(run: Run) -> None:
    first, rows = run.start(), run.rows()
    for _ in range(2):
        again = run.start()
        assert run.rows() == rows
        assert again == first.model_copy(update={"n_reused": 4, "seconds": 0.0})
    assert run.n_answers == 1
    assert [counts.use.n_requests for counts in run.recalled] == [4, 4]


@pytest.mark.parametrize(
    "change",
    [
        lambda run: run.start(SKY, SEA, ask("Why?")),
        lambda run: run.start(ask("Why is the sky blue?", reference="Air."), SEA),
        lambda run: run.start(step=SampleStep(entries=(SampleSettings(model="toy", n=3),))),
        lambda run: run.start(change=lambda at: replace(at, before=(TWICE,))),
        lambda run: run.start(
            change=lambda at: replace(at, chosen=pa.array([SKY.prompt_id], pa.string()))
        ),
        lambda run: run.start(
            change=lambda at: replace(
                at, models={"toy": TOY.model_copy(update={"revision": "2"})}
            )
        ),
    ],
    ids=["prompt", "reference", "settings", "steps before", "chosen", "model"],
)  # fmt: skip
def test_a_step_is_done_again_where_what_it_rests_on_is_another(
    run: Run, change: Callable[[Run], StageCount]
) -> None:
    run.start()
    change(run)
    assert (run.n_answers, run.recalled) == (2, [])


def test_answers_that_somebody_removed_are_asked_for_again(run: Run) -> None:
    run.start()
    for segment in (run.root / "store").glob("*.parquet"):
        segment.unlink()
    run.start()
    assert (run.n_answers, len(run.model.asked), run.recalled) == (2, 8, [])


def test_answers_that_were_merged_with_others_since_are_still_there(run: Run) -> None:
    run.start()
    run.model.store.append([completion(TOY.ask(messages=SKY.messages, sample_index=9), "more")])
    run.model.store.completions.compact(at_least=2)
    run.start()
    assert (run.n_answers, len(run.recalled)) == (1, 1)


def test_a_step_in_which_a_request_failed_is_done_again_and_asks_it_again(run: Run) -> None:
    fails = failing(run.model, lambda request: request.sample_index == 1)
    assert run.start(change=lambda at: replace(at, answer=fails)).n_out == 2
    assert run.start().n_out == 4
    assert run.recalled == []


def test_rows_that_a_later_step_wrote_anew_are_not_those_of_the_step(run: Run) -> None:
    run.start()
    rows = run.staging.read(Response)
    run.staging.write(Response, rows.slice(1), part="sample")
    assert run.start().n_out == 4
    assert (run.n_answers, run.staging.n_rows(Response)) == (2, 4)


def test_a_step_whose_files_a_publishing_touched_that_failed_is_taken_up(run: Run) -> None:
    run.start()
    for file in run.staging.root.glob("*/*.parquet"):
        os.utime(file)
    for _ in range(2):
        run.start()
    assert run.n_answers == 1


def test_a_run_that_is_killed_while_it_begins_anew_loses_no_finished_step(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.start()
    monkeypatch.setattr(Staging, "clear", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        clear_but_finished(run.staging)
    monkeypatch.undo()
    run.start()
    assert run.n_answers == 1


@pytest.mark.parametrize("asks_again", [False, True])
def test_only_a_step_that_asks_again_for_replies_is_not_taken_up_where_it_is_to(
    run: Run, asks_again: bool
) -> None:
    at = replace(run.context(), asks_again=True)

    def work(answer: AnswerRequests) -> StageCount:
        return TWICE.work(replace(at, answer=answer, recall=None))[0]

    for _ in range(2):
        clear_but_finished(run.staging)
        run.staging.write(Prompt, (SKY, SEA))
        once(TWICE, at, work, asks_again=asks_again)
    assert run.n_answers == 1 + asks_again
    run.start(change=lambda at: replace(at, asks_again=True))
    assert run.n_answers == 1 + 2 * asks_again


@pytest.mark.parametrize(
    "spoil",
    [
        lambda mark: mark.write_text(""),
        lambda mark: mark.write_text('{"digest": '),
        lambda mark: mark.write_bytes(bytes(9)),
        lambda mark: (mark.parent / "keys").write_bytes(b""),
        lambda mark: (mark.parent / "keys").unlink(),
    ],
    ids=["empty", "cut off", "zeros", "no keys", "keys gone"],
)
def test_a_mark_of_which_a_loss_of_power_left_a_part_is_none(
    run: Run, spoil: Callable[[Path], object]
) -> None:
    run.start()
    rows = run.rows()
    (mark,) = run.root.glob("run/.finished/**/finished.json")
    spoil(mark)
    assert run.start().n_out == 4
    assert (run.n_answers, run.rows()) == (2, rows)
    run.start()
    assert run.n_answers == 2


def test_each_time_that_a_run_goes_through_a_step_is_taken_up(run: Run) -> None:
    def both_times() -> list[Mapping[str, pa.Table]]:
        run.start(SKY)
        found = [run.rows()]
        prompts = {("prompts", "all.parquet")}
        lay_finished_by(run.staging, but=prompts)
        run.staging.keep_only(prompts)
        assert run.staging.n_rows(Response) == 0
        run.staging.write(Prompt, [SEA], part="called_in")
        TWICE.work(run.context())
        return [*found, run.rows()]

    first = both_times()
    assert [run.n_answers, both_times(), run.n_answers] == [2, first, 2]


def test_of_many_settings_the_last_are_kept(run: Run) -> None:
    for n in range(1, 13):
        run.start(step=SampleStep(entries=(SampleSettings(model="toy", n=n),)))
    assert len(list(run.root.glob("run/.finished/sample/*"))) == 8
    run.start(step=SampleStep(entries=(SampleSettings(model="toy", n=11),)))
    assert run.n_answers == 12


def test_a_step_beside_whose_code_a_file_was_edited_is_done_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").mkdir()
    code, prompt = tmp_path / "own" / "own_step.py", tmp_path / "own" / "prompt.md"
    code.write_text(
        "from winnow.pipelines.steps import SampleStep\n\n\nclass OwnStep(SampleStep):\n    pass\n"
    )
    prompt.write_text("Judge.")
    spec = importlib.util.spec_from_file_location("own_step", code)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "own_step", module)
    spec.loader.exec_module(module)
    step = module.OwnStep(entries=TWICE.entries)
    for n_answers in (1, 1):
        run.start(step=step)
        assert run.n_answers == n_answers
    prompt.write_text("Judge well.")
    run.start(step=step)
    assert run.n_answers == 2
