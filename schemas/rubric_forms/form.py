"""What a form is: one way in which trainers write a prompt with its rubric, read and written by the same definition."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple, Self

from pydantic import BaseModel, ConfigDict

from winnow.schemas.new_rubrics import DraftCriterion, new_rubric
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.rubrics import Criterion, Rubric

_MEANINGS = {
    "levels": "graded_criteria",
    "turn": "criteria_by_turn",
    "requires": "criteria_that_require_others",
}
"""Why a rubric is left out of a form that has no place for what these fields of its criteria say."""


class AskedRubric(NamedTuple):
    """A prompt with its rubric: what every form holds."""

    asked: tuple[Message, ...]
    """The turns of the prompt."""

    rubric: Rubric
    """The rubric."""

    criteria: tuple[Criterion, ...]
    """Its criteria, in order."""

    reference: str | None = None
    """An answer known to be good; None where there is none."""


class FormPart(BaseModel):
    """A part of a form, as trainers write it: keys that they do not know beside theirs do no harm."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class FormTurn(FormPart):
    """One turn of a conversation of text."""

    role: str
    """Who speaks."""

    content: str
    """What was said."""


class FormRow(FormPart, ABC):
    """One row of a form. Its fields are the form's own columns."""

    name: ClassVar[str]
    """What settings and commands call it."""

    graded: ClassVar[bool] = False
    """Whether it has a place for what responses of each score are like."""

    ordered: ClassVar[bool] = False
    """Whether it has a place for turns, and for criteria that others have to be met before."""

    @classmethod
    @abstractmethod
    def write(cls, said: AskedRubric) -> Self:
        """Write a prompt with its rubric; ask `why_left_out` first."""

    @abstractmethod
    def turns(self) -> Iterable[FormTurn]:
        """Give the turns of the prompt."""

    @abstractmethod
    def drafts(self) -> Sequence[DraftCriterion]:
        """Give the criteria."""

    @property
    def answer(self) -> str | None:
        """An answer known to be good, where the row holds one."""
        return None

    @classmethod
    def why_left_out(cls, said: AskedRubric) -> str | None:
        """Say why the form cannot hold a rubric whole; None where it can."""
        has_place = {"levels": cls.graded, "turn": cls.ordered, "requires": cls.ordered}
        for field, meaning in _MEANINGS.items():
            if not has_place[field] and any(getattr(c, field) for c in said.criteria):
                return meaning
        return None

    def read(
        self,
        *,
        source: str,
        name: str | None = None,
        prompt_id: str | None = None,
        domain: str | None = None,
    ) -> AskedRubric:
        """Read the prompt and its rubric.

        Args:
            source: Where the row comes from, such as "rubrics.jsonl:17".
            name: What people call the rubric; the source where nobody said.
            prompt_id: The prompt that it applies to; left out, the one that the row's turns make.
            domain: The domain that the row names.

        Raises:
            ValueError: There are no criteria, two say the same, or a turn has a role that nobody knows.
        """
        asked = tuple(Message.model_validate(turn.model_dump()) for turn in self.turns())
        known = prompt_id or Prompt(messages=asked, source=source).prompt_id
        rubric, criteria = new_rubric(
            self.drafts(), source=source, name=name or source, prompt_id=known, domain=domain
        )
        return AskedRubric(asked, rubric, criteria, self.answer)


def signed(criterion: Criterion | DraftCriterion) -> float:
    """Return the weight as forms write it: below 0 for a pitfall, which takes from the total what it weighs, either sign."""
    return -abs(criterion.weight) if criterion.importance == "pitfall" else criterion.weight


def unsigned(weight: float) -> dict[str, Any]:
    """Return weight and importance of a criterion of such a weight."""
    return {"weight": -weight, "importance": "pitfall"} if weight < 0 else {"weight": weight}


def turns_of(asked: Iterable[Message]) -> list[FormTurn]:
    """Write role and words of each turn."""
    return [FormTurn(role=turn.role, content=turn.text()) for turn in asked]


def one_question(asked: Sequence[Message]) -> bool:
    """Say whether a prompt is one turn of the user."""
    return [turn.role for turn in asked] == ["user"]
