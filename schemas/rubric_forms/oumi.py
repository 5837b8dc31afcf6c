"""oumi: a question with criteria that have a name, a description and a weight, below 0 for a pitfall."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

from winnow.schemas.new_rubrics import DraftCriterion
from winnow.schemas.rubric_forms.form import (
    AskedRubric,
    FormPart,
    FormRow,
    FormTurn,
    signed,
    unsigned,
)


class OumiCriterion(FormPart):
    """One criterion."""

    name: str = ""
    """What it is called in a few words."""

    description: str
    """The criterion."""

    weight: float = 1.0
    """What it adds to the total; below 0 for a pitfall."""


class OumiForm(FormRow):
    """One question of the user, with a system message or without."""

    name: ClassVar[str] = "oumi"

    prompt: str
    """The question."""

    system_prompt: str | None = None
    """What the model is told before it."""

    rubrics: list[OumiCriterion]
    """The criteria."""

    @classmethod
    def why_left_out(cls, said: AskedRubric) -> str | None:
        """Say why the form cannot hold it; one question and at most one system message have a place."""
        if [turn.role for turn in said.asked] not in (["user"], ["system", "user"]):
            return "needs_roles"
        return super().why_left_out(said)

    @classmethod
    def write(cls, said: AskedRubric) -> Self:
        """Write a prompt with its rubric."""
        *before, question = said.asked
        return cls(
            prompt=question.text(),
            system_prompt=before[0].text() if before else None,
            rubrics=[
                OumiCriterion(name=c.title or "", description=c.text, weight=signed(c))
                for c in said.criteria
            ],
        )

    def turns(self) -> Iterable[FormTurn]:
        """Give the system message, if any, and the question."""
        if self.system_prompt is not None:
            yield FormTurn(role="system", content=self.system_prompt)
        yield FormTurn(role="user", content=self.prompt)

    def drafts(self) -> Sequence[DraftCriterion]:
        """Give the criteria."""
        return [
            DraftCriterion(text=c.description, title=c.name or None, **unsigned(c.weight))
            for c in self.rubrics
        ]
