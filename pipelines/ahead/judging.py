"""Judging that goes on beside sampling: prompts whose samples are all in go through the next steps ahead.

What those steps ask is answered into the store of completions, and what else they make is thrown away. The steps themselves come
later, as always, and find the answers: so rows, ids, rejects and counts are those of steps that go one after the other.
"""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from winnow.pipelines.ahead.arrivals import Arrivals
from winnow.pipelines.ahead.excerpt import excerpt
from winnow.pipelines.asking.answer import AnsweredRequests, AnswerRequests
from winnow.pipelines.asking.attempt import attempts_in
from winnow.pipelines.asking.shards import RequestFolder
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.notices import at_work
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.reading import say_nothing
from winnow.pipelines.steps import SampleStep
from winnow.pipelines.steps.sample import sampled_models
from winnow.pipelines.steps.sequence import PlacedStep
from winnow.pipelines.steps.step import Nobody, StepContext
from winnow.schemas.errors import CurationError, Stopped
from winnow.schemas.whole_files import remove_folder

_LOOKS_EVERY_S = 0.5
_SHARE = 32
"""Prompts are taken up once this part of all requests was answered since: few enough at a time that the judge's machine waits
little for them, and at the end little is left."""
_MOST_PROMPTS = 16_384
"""Prompts that are taken up at once, at most."""


class JudgingAhead:
    """Stands for `answer` in a step that samples, and has judges asked while the last of its models is."""

    def __init__(
        self,
        at: StepContext,
        steps: Sequence[PlacedStep],
        *,
        store: CompletionStore,
        ask: AnswerRequests,
    ) -> None:
        """Begin to judge when samples come.

        Args:
            at: What the sampling step works with.
            steps: What is gone through ahead: that step and those after it, as `find_overlap` gives them.
            store: Where completions are.
            ask: Has the questions of judges answered.
        """
        sampling = steps[0].step
        assert isinstance(sampling, SampleStep)
        *_, self._last = sampled_models(sampling.entries, at.models)
        self._at, self._steps, self._store, self._ask = at, steps, store, ask
        self._sampled: list[RequestFolder] = []
        self._asked: RequestFolder | None = None
        self._is_over = threading.Event()
        self._is_called_off = False

    def answer(
        self,
        requests: RequestFolder,
        *,
        model: ModelRef,
        asking: str = "",
        stored_only: bool = False,
    ) -> AnsweredRequests:
        """Have samples asked for, as `AnswerRequests` says.

        Raises:
            CurationError: As it raises, or what kept a judge from answering: the one stops the other, and answers that came are
                kept.
        """
        before, self._sampled = self._sampled, [*self._sampled, requests]
        ask = self._at.answer
        if model != self._last:
            return ask(requests, model=model, asking=asking, stored_only=stored_only)
        with self._judging(requests, before):
            return ask(requests, model=model, asking=asking, stored_only=stored_only)

    @contextmanager
    def _judging(self, requests: RequestFolder, before: Sequence[RequestFolder]) -> Iterator[None]:
        with (
            self._at.staging.scratch("ahead") as folder,
            ThreadPoolExecutor(1, thread_name_prefix="ahead") as beside,
        ):
            judging = beside.submit(self._judge, requests, before, folder)
            try:
                yield
            except BaseException:
                self._call_off(judging)
                if (own := judging.exception()) and not isinstance(own, Stopped):
                    raise own from None  # it stopped the sampling
                raise
            finally:
                self._is_over.set()
            judging.result()

    def _judge(
        self, requests: RequestFolder, before: Sequence[RequestFolder], folder: Path
    ) -> None:
        """Take up prompts again and again until all is sampled; what stops this stops the sampling as well."""
        try:
            arrivals = Arrivals(requests, before, self._store)
            share = sum(shard.metadata().num_rows for shard in requests.shards()) // _SHARE
            n_looked, n_taken = -share, 0
            while not self._is_over.wait(_LOOKS_EVERY_S):
                n_done = _n_done(requests)
                if n_done is None or n_done < n_looked + share:
                    continue
                prompts = arrivals.new(_MOST_PROMPTS)
                if len(prompts) < _MOST_PROMPTS:  # else there are more
                    n_looked = n_done
                if len(prompts):
                    n_taken += 1
                    self._go_through(prompts, folder / str(n_taken))
        except (CurationError, Stopped) as error:
            _stop(requests, error)
            raise
        except BaseException as error:
            _stop(requests, CurationError(f"judging broke off: {error}"))
            raise

    def _go_through(self, prompt_ids: pa.Array, folder: Path) -> None:
        """Go through the steps with some prompts, up to what judges say; all but the answers is thrown away."""
        some = excerpt(self._at.staging, prompt_ids, folder)
        before = list(self._at.before)
        for placed in self._steps:
            at = replace(
                self._at,
                staging=some,
                stage=placed.stage,
                before=tuple(before),
                answer=partial(self._answer_ahead, stored_only=placed is self._steps[0]),
                recall=None,
                people=Nobody(),
                say=say_nothing,
                warn=say_nothing,
                asks_again=False,  # the step itself does
            )
            placed.step.work(at)
            before.append(placed.step)
        remove_folder(folder)

    def _answer_ahead(
        self,
        requests: RequestFolder,
        *,
        model: ModelRef,
        asking: str = "",
        stored_only: bool = False,
    ) -> AnsweredRequests:
        if self._is_called_off:
            raise Stopped
        self._asked = requests
        return self._ask(requests, model=model, asking=asking, stored_only=stored_only)

    def _call_off(self, judging: "Future[None]") -> None:
        """Have judging stop where it can, and wait until it has."""
        self._is_called_off = True
        self._is_over.set()
        while not wait([judging], _LOOKS_EVERY_S).done:
            if self._asked is not None:
                _stop(self._asked, Stopped())


def _n_done(requests: RequestFolder) -> int | None:
    """Count what came of the job that asks them; None where none is at work."""
    told = [work for job in attempts_in(requests.root) if (work := at_work(job.root))]
    return sum(work.n_done for work in told) if told else None


def _stop(requests: RequestFolder, error: CurationError | Stopped) -> None:
    """End the job that asks them: what is in flight is kept."""
    for job in attempts_in(requests.root):
        if not job.is_over():
            job.fail(error)
