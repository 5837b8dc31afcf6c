"""The step in which people and models take turns."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from winnow.pipelines.filters import Filter
from winnow.pipelines.guard import Doubt, RequestTally, annotators_asked, doubts_of_requests
from winnow.pipelines.labelling.settings import LabelSettings, models_called
from winnow.pipelines.rounds.people import PeopleSettings
from winnow.pipelines.rounds.pool import hold_back, read_pool
from winnow.pipelines.rounds.settings import RoundSettings
from winnow.pipelines.steps.label import LabelStep
from winnow.pipelines.steps.step import STEPS, Outcome, Step, StepContext, stage_name
from winnow.schemas.plurals import counted
from winnow.schemas.rounds import Asked


class TurnSettings(RoundSettings):
    """Rounds of people and models: how many labels people give, who they are, and who judges between their turns."""

    people: PeopleSettings | None = None
    """Who labels; None where what they said is stored, and labels are computed again."""

    label: LabelSettings = ()
    """Judges and verifiers that label every comparison between the turns of people."""

    @property
    def plan(self) -> str:
        """What is going to be asked, of how many and where."""
        until = f", or until accuracy {self.target:g} is proved" if self.target else ""
        return (
            f"{counted(self.budget, 'label')} of people at most{until}, {self.per_round:,} a round, "
            f"{counted(self.n_rounds, 'round')} at most; asked {self.people}"
        )


def labelling_in(at: StepContext) -> StepContext:
    """Return what judges work with between the turns of people: their judgments are those of one more step `label`."""
    n_before = sum(isinstance(step, LabelStep) for step in at.before)
    return replace(at, stage=stage_name("label", n_before + 1))


@STEPS.register("rounds")
class RoundsStep(Step):
    """Have people and models take turns until people's labels are spent; labels that nothing supports are held back."""

    holds: ClassVar[str] = "settings"

    settings: TurnSettings
    """The rounds."""

    def calls(self) -> Iterator[tuple[str, str]]:
        """List the models of the judges."""
        return ((f"label{place}", name) for place, name in models_called(self.settings.label))

    def work(self, at: StepContext) -> Outcome:
        """Go as far as people's answers reach."""
        return at.people.take_turns(self, at)

    def doubts(self, at: StepContext, asked: Sequence[RequestTally]) -> list[Doubt]:
        """Say which annotators were mostly refused or unreadable."""
        return doubts_of_requests(annotators_asked(at.staging))

    def checks(self, at: StepContext) -> Sequence[Filter]:
        """Hold back what is discarded: labels that nothing supports, and nothing turns round."""
        pool = read_pool(at.staging, Asked.to_table([]), self.settings, is_judged=True)
        return (hold_back(pool, self.settings),)
