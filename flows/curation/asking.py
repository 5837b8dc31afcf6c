"""How the stages of a run have models asked, and what it keeps count of."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from winnow.flows.curation.state import RunFolder
from winnow.flows.terminal.progress import RunProgress
from winnow.pipelines.ahead.asked_ahead import AskedAhead
from winnow.pipelines.asking.answer import AnsweredRequests, answer
from winnow.pipelines.asking.before import AnsweredBefore
from winnow.pipelines.asking.complete import Answers, complete
from winnow.pipelines.asking.counts import RequestCounts
from winnow.pipelines.asking.shards import RequestFolder
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.guard import RequestTally
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.progress import HowFar
from winnow.pipelines.inference.requests import ChatRequest
from winnow.pipelines.inference.store import CompletionStore
from winnow.schemas.plurals import counted
from winnow.schemas.runs import ModelUse


class Asking:
    """Has requests of a run answered, each at most once ever, shows how far that is, and counts by stage."""

    def __init__(
        self,
        store: CompletionStore,
        beam: BeamSettings,
        progress: RunProgress,
        folder: Callable[[], RunFolder],
    ) -> None:
        """Ask nothing yet.

        Args:
            store: Where completions are kept.
            beam: Where jobs run.
            progress: Where it is shown how far they are.
            folder: Gives the place of the run, where that is written down.
        """
        self.ahead: AskedAhead | None = None
        """What was asked ahead of its stage; None where nothing can be."""
        self._store, self._beam, self._progress, self._folder = store, beam, progress, folder
        self._uses: dict[str, ModelUse] = {}
        self._asked: dict[str, list[RequestTally]] = {}
        self._n_ahead: Counter[str] = Counter()
        self._stage = ""

    def begin(self, stage: str) -> None:
        """Count for another stage from now on, or anew for one that is tried again."""
        self._stage = stage
        self._asked[stage] = []

    def answer(
        self,
        requests: RequestFolder,
        *,
        model: ModelRef,
        asking: str = "",
        stored_only: bool = False,
    ) -> AnsweredRequests:
        """Have the requests in a folder answered, from the store where they were answered before."""
        answered = answer(
            requests,
            model=model,
            store=self._store,
            beam=self._beam,
            progress=self._tell,
            on_notices=self._progress.stand,
            asking=asking,
            stored_only=stored_only,
            failed=self.ahead.failures if self.ahead else None,
        )
        self._note(model, answered.counts)
        return self.ahead.taken_up(self._stage, answered) if self.ahead else answered

    def answer_ahead(
        self,
        requests: RequestFolder,
        *,
        stage: str,
        model: ModelRef,
        asking: str = "",
        stored_only: bool = False,
    ) -> AnsweredRequests:
        """Have requests answered that a later stage is going to make, beside the stage that works; that one will count them."""
        assert self.ahead is not None
        answered = answer(
            requests,
            model=model,
            store=self._store,
            beam=self._beam,
            progress=partial(self._tell_ahead, stage),
            on_notices=partial(self._progress.stand, job=stage),
            asking=asking,
            stored_only=stored_only,
            failed=self.ahead.failures,
        )
        if not stored_only:
            self.ahead.note(stage, answered)
            self._n_ahead[asking] += answered.counts.n_requests
        return answered

    def complete(
        self,
        requests: Sequence[ChatRequest],
        *,
        model: ModelRef,
        asking: str = "",
        stored_only: bool = False,
    ) -> Answers:
        """Have a few requests answered, from the store where they were answered before."""
        answers = complete(
            requests,
            model=model,
            store=self._store,
            beam=self._beam,
            progress=self._tell,
            on_notices=self._progress.stand,
            asking=asking,
            stored_only=stored_only,
        )
        self._note(model, answers.counts)
        return answers

    def recall(self, model: ModelRef, answered: AnsweredBefore) -> None:
        """Take up what was answered when a step was gone through before.

        Raises:
            AnswersGone: Not all of it is in the store.
        """
        answered.check(self._store)
        self._note(model, answered.counts)

    def forget_uses(self) -> None:
        """Count anew what models are used for, as where a run goes back ahead of its first step."""
        self._uses.clear()

    @property
    def asked(self) -> list[RequestTally]:
        """What models were asked in the stage that works, or was the last to."""
        return self._asked[self._stage]

    @property
    def uses(self) -> tuple[ModelUse, ...]:
        """What models were used for, in the order in which they were first asked."""
        return tuple(self._uses.values())

    @property
    def n_owed(self) -> int:
        """Requests of the run that failed and may succeed later."""
        return sum(asked.n_owed for stage in self._asked.values() for asked in stage)

    def _note(self, model: ModelRef, counts: RequestCounts) -> None:
        """Note what a model was asked by the stage that works."""
        before = self._uses.get(model.name)
        self._uses[model.name] = before + counts.use if before else counts.use
        # A question that was asked again has a reply, unreadable as it may be: nothing is owed for it.
        self._asked[self._stage].append(
            RequestTally(
                f"models.{model.name}",
                counts.n_first,
                failed=tuple(counts.failed.most_common()),
                n_owed=counts.n_owed,
            )
        )

    def _tell(self, now: HowFar) -> None:
        self._folder().update(self._stage, now.n_done, now.n_total, asking=now.asking)
        self._progress.advance(self._stage, now)

    def _tell_ahead(self, stage: str, now: HowFar) -> None:
        """Tell how far all jobs of one who asks are together, which are small and many."""
        n = self._n_ahead[now.asking]
        now = now._replace(n_done=n + now.n_done, n_total=n + now.n_total)
        self._folder().update_beside(
            f"{now.asking}, {now.n_done:,} of {counted(now.n_total, 'request')}"
        )
        self._progress.advance(stage, now)
