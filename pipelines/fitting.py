"""What a run asks, held against the contexts of its models: what has no room is said before anything is paid."""

from collections.abc import Iterator, Mapping, Sequence

from pipelines.guard import Doubt
from pipelines.inference.models import ModelRef, VllmModel
from pipelines.inference.token_count import counter
from pipelines.room import BYTES_PER_TOKEN, Ask, Count, Question, estimate

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
        for ask in asks:
            context, question = self._contexts.get(ask.model), ask.shortest
            if context is None:
                continue
            n_read, about = self._read(ask.model, question, context)
            least = n_read // _SURE if about else n_read
            if question.n_answer > context or least >= context:
                yield Doubt(
                    "refused",
                    f"{ask.place}: no question has room: models.{ask.model} has a context of {context:,} tokens, and the "
                    f"shortest question is {about}{n_read:,}, its answer up to {question.n_answer:,}; lower "
                    f"{ask.place}.{ask.knob}, or give models.{ask.model} a longer context",
                )

    def warnings(self, asks: Sequence[Ask]) -> Iterator[str]:
        """Say of which entries the longest question may have no room."""
        for ask in asks:
            context, question = self._contexts.get(ask.model), ask.longest
            if context is None:
                continue
            n_read, about = self._read(ask.model, question, context - question.n_answer)
            if n_read + question.n_answer > context:
                yield (
                    f"{ask.place}: the longest question is {about}{n_read:,} tokens with all that it may hold, its answer "
                    f"up to {question.n_answer:,}, and the context of models.{ask.model} is {context:,}: its answer may be cut "
                    f"off, or it is refused; lower {ask.place}.{ask.knob}, or give the model a longer context"
                )

    def _read(self, model: str, question: Question, room: int) -> tuple[int, str]:
        """Give the tokens of a question, and "about " where they are estimated: where none can be too many, they are."""
        n = question.n_tokens(estimate)
        is_near = self._runs_here(model) and BYTES_PER_TOKEN * n > room
        if is_near and (count := self._count(model)):
            return question.n_tokens(count), "about " if question.n_more else ""
        return n, "about "

    def _runs_here(self, model: str) -> bool:
        return isinstance(self._models[model].settings, VllmModel)

    def _count(self, model: str) -> Count | None:
        if model not in self._counts:
            self._counts[model] = counter(self._models[model])
        return self._counts[model]
