"""What the tasks have in common whose page has numbered places for criteria."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from winnow.annotation.queues.markdown import as_markdown
from winnow.annotation.queues.tasks.base import TaskSettings, View
from winnow.schemas.rubrics import Criterion


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
        """Return the criteria as a numbered list, below each what else it says."""
        lines = (line for n, c in enumerate(view.criteria, 1) for line in _told(n, c))
        return "\n\n".join(map(as_markdown, lines))


def _told(n: int, criterion: Criterion) -> Iterator[str]:
    yield f"**{n}.** {criterion.text}"
    said = [
        *([criterion.importance] if criterion.importance else []),
        *([f"about turn {criterion.turn}"] if criterion.turn else []),
    ]
    if said:
        yield f"({', '.join(said)})"
    # The page tells by these words what is no part of the criterion itself: `argilla/server/page/criteria.js`.
    levels = (f"- **Score {one.score:g}**: {_indented(one.text)}" for one in criterion.levels)
    if criterion.levels:
        yield "\n".join(levels)


def _indented(text: str) -> str:
    return text.strip().replace("\n", "\n  ")
