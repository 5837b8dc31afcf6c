"""What the tasks have in common whose page has numbered places for criteria."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.annotation.queues.markdown import as_markdown
from winnow.annotation.queues.tasks.base import TaskSettings, View


class CriteriaSettings(TaskSettings):
    """Settings of a task about criteria; an item with fewer of them leaves places blank."""

    name: ClassVar[str]

    n_criteria: Annotated[int, Field(ge=1, le=20)] = 6
    """Places for criteria on the page."""

    def unfit(self, view: View) -> str | None:
        """Say why where there are no criteria, or more than the page has places."""
        n = len(view.criteria)
        if n == 0:
            return "no criteria, since no rubric speaks of its prompt"
        if n > self.n_criteria:
            return f"{n} criteria; n_criteria of the task has room for {self.n_criteria}"
        return None

    def numbered(self, view: View) -> str:
        """Return the criteria as a numbered list."""
        lines = (as_markdown(f"**{n}.** {c.text}") for n, c in enumerate(view.criteria, 1))
        return "\n\n".join(lines)
