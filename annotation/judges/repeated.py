"""A judge whose whole work is drawn several times."""

from collections.abc import Mapping, Sequence
from typing import Literal

from winnow.annotation.judge import Judge, Question, Reading, Reply, Shows, SubjectView
from winnow.annotation.judges.combined import combine
from winnow.schemas.responses import Response
from winnow.schemas.step_spans import StepSpan


class RepeatedJudge(Judge):
    """Has a judge do its work several times and says what most of the draws say (`combine`).

    The first draw asks what the judge alone would ask, so that its replies are paid for once.
    """

    judge: Judge
    """The judge."""

    samples: int
    """How often."""

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Ask what each draw has to ask next; draws go through their rounds side by side."""
        asked, _ = self._draws(view, replies)
        return asked

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        """Read each draw by itself, and say what most say."""
        _, own = self._draws(view, replies)
        return combine(view, [self.judge.read(view, one) for one in own], "draw")

    def _draws(
        self, view: SubjectView, replies: Sequence[Reply]
    ) -> tuple[list[Question], list[list[Reply]]]:
        """Give the replies to the draws that asked for them; return what all ask next, and the replies of each."""
        own: list[list[Reply]] = [[] for _ in range(self.samples)]
        left = iter(replies)
        n_left = len(replies)
        while True:
            asked = [self.judge.ask(view, one) for one in own]
            n_asked = sum(map(len, asked))
            if not n_asked or not n_left:
                return [self._drawn(q, i) for i, qs in enumerate(asked) for q in qs], own
            for one, questions in zip(own, asked, strict=True):
                one.extend(next(left) for _ in questions)
            n_left -= n_asked

    def _drawn(self, question: Question, draw: int) -> Question:
        return question.model_copy(update={"sample": question.sample * self.samples + draw})

    @property
    def subject(self) -> Literal["pair", "group", "response"]:
        """As the judge's."""
        return self.judge.subject

    def cut(self, response: Response) -> tuple[StepSpan, ...]:
        """Say where the steps of a response lie, as the judge does."""
        return self.judge.cut(response)

    @property
    def logprobs(self) -> int | None:
        """As the judge's."""
        return self.judge.logprobs

    @property
    def by_rubric(self) -> bool:
        """As the judge's."""
        return self.judge.by_rubric

    @property
    def takes_unproven(self) -> bool:
        """As the judge's."""
        return self.judge.takes_unproven

    @property
    def further_models(self) -> Mapping[str, str]:
        """As the judge's."""
        return self.judge.further_models

    def model_in(self, round_number: int) -> str | None:
        """Say which model a round asks, as the judge does."""
        return self.judge.model_in(round_number)

    @property
    def shows(self) -> Shows | None:
        """As the judge's."""
        return self.judge.shows
