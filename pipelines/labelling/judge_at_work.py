"""A judge with all that it needs to ask, made once and sent to workers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from winnow.annotation.judge import Judge, Question, SubjectView
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.request_frame import RequestFrame, WrittenRequest
from winnow.pipelines.inference.requests import Sampling
from winnow.pipelines.labelling.exemplars import ExemplarFile, read_exemplars
from winnow.pipelines.labelling.portions import Portion
from winnow.pipelines.labelling.settings import JudgeSettings

MOST_SAMPLES = 1000
"""Samples of a judge's whole work that `JudgeAtWork.sample_index` may count; a judge's own draws count in steps of it."""

_MOST_FRAMES = 256
"""Frames that are held at most: questions of some judges differ in their schema from subject to subject."""


@dataclass(frozen=True)
class JudgeAtWork:
    """A judge, the model that it asks, and how."""

    judge: Judge
    """The judge."""

    entry: JudgeSettings
    """Its settings."""

    annotator_id: str
    """Its name among annotators."""

    model: ModelRef
    """The model that it asks in this round."""

    asks_again: bool = False
    """Whether replies that cannot be read are asked for again."""

    exemplars: ExemplarFile | None = None
    """File of the comparisons that it shows its model; None where it shows none."""

    sample_index: int = 0
    """Which of several samples of each reply it asks for, from 0."""

    models: Mapping[str, ModelRef] = field(default_factory=dict)
    """All models that it asks, by their names in the settings."""

    number: int = 1
    """Which round this is, from 1."""

    _frames: dict[object, RequestFrame] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, object]:
        # A worker makes its own frames.
        return {**self.__dict__, "_frames": {}}

    @classmethod
    def of(
        cls,
        entry: JudgeSettings,
        models: Mapping[str, ModelRef],
        *,
        asks_again: bool = False,
        exemplars: ExemplarFile | None = None,
    ) -> Self:
        """Make the judge of an entry of the settings, as it is in the first round.

        Args:
            entry: The entry.
            models: Models by their names in the settings.
            asks_again: Whether replies that cannot be read are asked for again.
            exemplars: File of the comparisons that it shows its model; None where it shows none.
        """
        judge = entry.build()
        named = {name: models[name] for name in (entry.model, *judge.further_models.values())}
        first = models[judge.model_in(1) or entry.model]
        return cls(judge, entry, entry.annotator_id, first, asks_again, exemplars, models=named)

    def in_round(self, number: int) -> Self:
        """Return it with the model that it asks in a round, the first with number 1."""
        if number == self.number:
            return self
        # Frames name a model.
        model = self.models[self.name_in(number)]
        return replace(self, model=model, number=number, _frames={})

    def name_in(self, number: int) -> str:
        """Return the name in the settings of the model that it asks in a round."""
        return self.judge.model_in(number) or self.entry.model

    def subjects(self, portion: Portion) -> list[SubjectView]:
        """List what it is asked about of a portion, always in the same order."""
        shown = None if self.exemplars is None else read_exemplars(self.exemplars)
        return portion.subjects(self.entry, shown)

    def lacks_rubric(self, view: SubjectView) -> bool:
        """Say whether it judges by a rubric and the subject has none, so that it is not asked about it."""
        return self.judge.by_rubric and view.rubric is None

    def lacks_reference(self, view: SubjectView) -> bool:
        """Say whether it judges by a reference and the prompt has none, so that it is not asked about it."""
        return self.judge.by_reference and not (view.prompt.reference or "").strip()

    def pose(self, view: SubjectView) -> list[WrittenRequest]:
        """Write the questions of the first round about a subject; none about one that lacks what it is judged by."""
        if self.lacks_rubric(view) or self.lacks_reference(view):
            return []
        return self.write(self.judge.ask(view))

    def write(self, questions: Iterable[Question]) -> list[WrittenRequest]:
        """Write questions as requests to the model."""
        return [self._frame(q).write(q.messages, q.tools) for q in questions]

    def _frame(self, q: Question) -> RequestFrame:
        temperature = self.entry.temperature if q.temperature is None else q.temperature
        how = (temperature, q.max_tokens, q.logprobs, q.scored_chars)
        key = (q.task, q.json_schema, q.sample, *how)
        if key not in self._frames:
            sampling = Sampling(
                temperature=temperature, max_tokens=q.max_tokens, logprobs=q.logprobs
            )
            if len(self._frames) >= _MOST_FRAMES:
                self._frames.pop(next(iter(self._frames)))
            self._frames[key] = RequestFrame(
                self.model,
                task=q.task,
                json_schema=q.json_schema,
                sampling=sampling,
                sample_index=self.sample_index + MOST_SAMPLES * q.sample,
                scored_chars=q.scored_chars,
            )
        return self._frames[key]
