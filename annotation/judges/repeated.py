"""A judge whose whole work is drawn several times."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from winnow.annotation.judge import Judge, Question, Reading, Reply, Shows, SubjectView, TurnNote
from winnow.annotation.judges.combined import combine
from winnow.schemas.responses import Response
from winnow.schemas.step_spans import StepSpan


class _Drawn(NamedTuple):
    """How far the draws are."""

    asked: list[list[Question]]
    """What each asks next."""

    replies: list[list[Reply]]
    """The replies of each."""

    turns: list[tuple[int, int]]
    """Of each reply the draw that asked for it, from 0, and the round, from 1."""


class RepeatedJudge(Judge):
    """Has a judge do its work several times and says what most of the draws say (`combine`).

    The first draw of a judge that asks for one reply to each of its questions asks what the judge alone would ask, so that these replies
    are paid for once. Further replies to one question, such as those of members of a panel that are alike, are numbered anew.
    """

    judge: Judge
    """The judge."""

    samples: int
    """How often."""

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Ask what each draw has to ask next; draws go through their rounds side by side."""
        asked = self._drawn(view, replies).asked
        return [
            question.model_copy(update={"sample": question.sample * self.samples + draw})
            for draw, questions in enumerate(asked)
            for question in questions
        ]

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        """Read each draw by itself, and say what most say."""
        own = self._drawn(view, replies).replies
        return combine(view, [self.judge.read(view, one) for one in own], "draw", are_alike=True)

    def transcript(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[TurnNote]:
        """Say of which draw each reply is; a judge that says nothing of its turns is taken to have seen all before of the draw."""
        drawn = self._drawn(view, replies)
        places: list[list[int]] = [[] for _ in drawn.replies]
        for number, (draw, _) in enumerate(drawn.turns, 1):
            places[draw].append(number)
        notes = [list(self._notes(view, one)) for one in drawn.replies]
        return [
            note.model_copy(
                update={
                    "role": f"draw {draw + 1}{note.role and ': '}{note.role}",
                    "round": number,
                    "saw": tuple(
                        place
                        for place in (places[draw][i - 1] for i in note.saw)
                        if drawn.turns[place - 1][1] < number
                    ),
                }
            )
            for draw, number in drawn.turns
            for note in [notes[draw].pop(0)]
        ]

    def _notes(self, view: SubjectView, replies: Sequence[Reply]) -> Iterator[TurnNote]:
        """Say what each reply of one draw is; the last gives what the draw says."""
        if notes := self.judge.transcript(view, replies):
            yield from notes
            return
        says = tuple(self.judge.read(view, replies))
        for i in range(len(replies)):
            is_last = i == len(replies) - 1
            yield TurnNote(role="", saw=tuple(range(1, i + 1)), says=says if is_last else ())

    def _drawn(self, view: SubjectView, replies: Sequence[Reply]) -> _Drawn:
        """Give the replies to the draws that asked for them."""
        own: list[list[Reply]] = [[] for _ in range(self.samples)]
        turns: list[tuple[int, int]] = []
        while True:
            asked = [list(self.judge.ask(view, one)) for one in own]
            if len(turns) == len(replies) or not any(asked):
                return _Drawn(asked, own, turns)
            number = turns[-1][1] + 1 if turns else 1
            for draw, questions in enumerate(asked):
                begin = len(turns)
                own[draw] += replies[begin : begin + len(questions)]
                turns += [(draw, number)] * len(questions)

    @property
    def subject(self) -> Literal["pair", "group", "response"]:
        """As the judge's."""
        return self.judge.subject

    def cut(self, response: Response) -> tuple[StepSpan, ...]:
        """Say where the steps of a response lie, as the judge does."""
        return self.judge.cut(response)

    @property
    def most_asked(self) -> Mapping[str | None, int]:
        """The judge's, as often as it is drawn."""
        return {model: n * self.samples for model, n in self.judge.most_asked.items()}

    @property
    def logprobs(self) -> int | None:
        """As the judge's."""
        return self.judge.logprobs

    @property
    def by_rubric(self) -> bool:
        """As the judge's."""
        return self.judge.by_rubric

    @property
    def by_reference(self) -> bool:
        """As the judge's."""
        return self.judge.by_reference

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

    def conflict(self, model: str, temperature: float) -> str:
        """Say what does not go with its entry, as the judge does."""
        return self.judge.conflict(model, temperature)

    @property
    def shows(self) -> Shows | None:
        """As the judge's."""
        return self.judge.shows
