"""What a run asks, held against the contexts of its models: what has no room is said before anything is paid."""

from collections.abc import Iterator, Mapping, Sequence

from winnow.pipelines.guard import Doubt
from winnow.pipelines.inference.models import ModelRef, VllmModel
from winnow.pipelines.inference.token_count import counter
from winnow.pipelines.question_sizes import BYTES_PER_TOKEN, Ask, Count, SizedQuestion, estimate

_SURE = 2
"""An estimate of tokens may be this many times too high."""


class Fitting:
    """Measures questions by the contexts that are known; loads a tokenizer only where an estimate is too near."""

    def __init__(self, models: Mapping[str, ModelRef], contexts: Mapping[str, int | None]) -> None:
        self._models = models
        self._contexts = contexts
        self._counts: dict[str, Count | None] = {}

    def doubts(self, asks: Sequence[Ask]) -> Iterator[Doubt]:
        """Say of which entries not even the shortest question has room with its answer."""
        for ask, context in self._known(asks):
            n_read, about = self._read(ask.model, ask.shortest, context)
            if self._has_none(ask, context):
                yield Doubt(
                    "refused",
                    f"{ask.place}: no question has room: models.{ask.model} has a context of {context:,} tokens, and the "
                    f"shortest question is {about}{n_read:,}, its answer up to {ask.shortest.n_answer:,}; lower "
                    f"{ask.place}.{ask.knob}, or give models.{ask.model} a longer context",
                )

    def warnings(self, asks: Sequence[Ask]) -> Iterator[str]:
        """Say of which entries the longest question may have no room, though others do."""
        for ask, context in self._known(asks):
            n_answer = ask.longest.n_answer
            n_read, about = self._read(ask.model, ask.longest, context - n_answer)
            if n_read + n_answer > context and not self._has_none(ask, context):
                yield (
                    f"{ask.place}: the longest question is {about}{n_read:,} tokens with all that it may hold, its answer "
                    f"up to {n_answer:,}, and the context of models.{ask.model} is {context:,}: its answer may be cut "
                    f"off, or it is refused; lower {ask.place}.{ask.knob}, or give the model a longer context"
                )

    def _known(self, asks: Sequence[Ask]) -> Iterator[tuple[Ask, int]]:
        """Yield what is asked of models whose context is known, with it."""
        for ask in asks:
            if context := self._contexts.get(ask.model):
                yield ask, context

    def _has_none(self, ask: Ask, context: int) -> bool:
        n_read, about = self._read(ask.model, ask.shortest, context)
        least = n_read // _SURE if about else n_read
        return ask.shortest.n_answer > context or least >= context

    def _read(self, model: str, question: SizedQuestion, room: int) -> tuple[int, str]:
        """Return the tokens of a question, and "about " where they are estimated: where none can be too many, they are."""
        n = question.n_tokens(estimate)
        is_near = self._runs_here(model) and BYTES_PER_TOKEN * n > room
        if is_near and (count := self._count(model)):
            try:
                return question.n_tokens(count), "about " if question.n_more else ""
            except Exception:  # a conversation that the template does not take is a reject later, and no bar to others
                return n, "about "
        return n, "about "

    def _runs_here(self, model: str) -> bool:
        return isinstance(self._models[model].settings, VllmModel)

    def _count(self, model: str) -> Count | None:
        if model not in self._counts:
            self._counts[model] = counter(self._models[model])
        return self._counts[model]
