"""verl: prompts for reinforcement learning, with the rubric in `extra_info`, which reaches the reward function."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

from winnow.schemas.new_rubrics import DraftCriterion
from winnow.schemas.rubric_forms.form import AskedRubric, FormPart, FormRow, FormTurn, turns_of
from winnow.schemas.rubric_forms.listed import ListedCriterion, drafts_listed, listed


class VerlReward(FormPart):
    """What verl scores by."""

    style: str = "model"
    """How a response is scored: by a model, as always with a rubric."""

    ground_truth: str = ""
    """An answer known to be good; empty where there is none, since verl wants the key."""


class VerlExtra(FormPart):
    """What verl passes to the reward function beside."""

    rubric: list[ListedCriterion]
    """The criteria."""


class VerlForm(FormRow):
    """One prompt."""

    name: ClassVar[str] = "verl"
    graded: ClassVar[bool] = True
    ordered: ClassVar[bool] = True

    data_source: str = "winnow"
    """By this name verl looks up the reward function."""

    prompt: list[FormTurn]
    """The conversation."""

    ability: str = "general"
    """Its domain."""

    reward_model: VerlReward = VerlReward()
    """What it is scored by."""

    extra_info: VerlExtra
    """The rubric."""

    @classmethod
    def write(cls, said: AskedRubric) -> Self:
        """Write a prompt with its rubric."""
        return cls(
            prompt=turns_of(said.asked),
            ability=said.rubric.domain or "general",
            reward_model=VerlReward(ground_truth=said.reference or ""),
            extra_info=VerlExtra(rubric=listed(said.criteria)),
        )

    def turns(self) -> Iterable[FormTurn]:
        """Give the conversation."""
        return self.prompt

    def drafts(self) -> Sequence[DraftCriterion]:
        """Give the criteria."""
        return drafts_listed(self.extra_info.rubric)

    @property
    def answer(self) -> str | None:
        """The ground truth, where there is one."""
        return self.reward_model.ground_truth or None
