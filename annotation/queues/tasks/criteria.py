"""What the tasks have in common whose page has numbered places for criteria."""

from typing import Annotated, ClassVar

from pydantic import Field

from annotation.queues.markdown import as_markdown
from annotation.queues.tasks.base import TaskSettings, View
from schemas.errors import MalformedInput


class CriteriaSettings(TaskSettings):
    """Settings of a task about criteria; an item with fewer of them leaves places blank."""

    name: ClassVar[str]

    n_criteria: Annotated[int, Field(ge=1, le=20)] = 6
    """Places for criteria on the page."""

    def numbered(self, view: View) -> str:
        """Give the criteria as a numbered list.

        Raises:
            MalformedInput: There are no criteria, or more than the page has places.
        """
        if not 0 < len(view.criteria) <= self.n_criteria:
            raise MalformedInput(
                f"{view.subject_id} has {len(view.criteria)} criteria, task '{self.name}' takes 1 to "
                f"{self.n_criteria}; set n_criteria of the task"
            )
        lines = (as_markdown(f"**{n}.** {c.text}") for n, c in enumerate(view.criteria, 1))
        return "\n\n".join(lines)
