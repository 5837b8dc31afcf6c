"""What every task kind offers, and the list of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, ClassVar, Protocol

from winnow.annotation.queues.display import as_turns, response_markdown
from winnow.annotation.queues.forms import MAX_GUIDELINES, Card, Form
from winnow.annotation.queues.keys import keys_in_guidelines
from winnow.annotation.queues.markdown import as_markdown
from winnow.schemas.answers import Answer, Shown
from winnow.schemas.base import Value
from winnow.schemas.comparisons import Comparison
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.ids import canonical_json, content_id
from winnow.schemas.judgments import Judgment, Verdict
from winnow.schemas.prompts import Prompt
from winnow.schemas.registry import Registry
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, CriterionReview


@dataclass(frozen=True)
class View:
    """What one item is about."""

    subject_id: str
    """Id of it: a comparison_id, or a response_id to edit, or a rubric_id to review."""

    prompt: Prompt
    """The prompt."""

    responses: tuple[Response, ...] = ()
    """The responses, ascending by id."""

    criteria: tuple[Criterion, ...] = ()
    """Criteria to check or to review."""

    suggested: Verdict | None = None
    """Verdict to suggest to people, where the task can; None to let them judge unswayed."""


@dataclass(frozen=True)
class ReadAnswers:
    """What answers come to; most tasks give judgments only."""

    judgments: list[Judgment] = field(default_factory=list)
    """What was judged."""

    comparisons: list[Comparison] = field(default_factory=list)
    """Comparisons that came about by answering."""

    responses: list[Response] = field(default_factory=list)
    """Responses written by people."""

    criteria: list[Criterion] = field(default_factory=list)
    """Criteria written by people."""

    reviews: list[CriterionReview] = field(default_factory=list)
    """What was said of criteria."""


class Task(Protocol):
    """One kind of task: pure functions round a page that it does not show."""

    name: ClassVar[str]
    """Name in settings."""

    version: ClassVar[int]
    """Grows when questions or their meaning change."""

    def form(self) -> Form:
        """Return what a data set for this task asks."""

    def unfit(self, view: View) -> str | None:
        """Say why this task cannot show an item, in a few words; None where it can."""

    def card(self, view: View, item_id: str, round_: int, seed: int) -> Card:
        """Show one item that is fit, responses in an order drawn from `item_id` and `seed`."""

    def read(self, answer: Answer) -> ReadAnswers:
        """Say what an answer, submitted or discarded, comes to."""


TASKS: Registry[Task] = Registry("task")
"""Task kinds by name; `winnow.annotation.queues.tasks` fills it."""


class TaskSettings(Value):
    """Settings that every task has."""

    name: ClassVar[str]
    """Name in settings; registering sets it."""

    version: ClassVar[int]
    """Grows when questions or their meaning change; registering sets it."""

    guidelines: str = ""
    """The team's own guidelines as markdown, shown below Winnow's."""

    def unfit(self, view: View) -> str | None:
        """Say nothing: most tasks can show whatever they get."""
        return None


def task_id(task: Task) -> str:
    """Name a task with its version, such as "pairwise@1"."""
    return f"{task.name}@{task.version}"


def item_id(subject_id: str, task: Task, *, round_: int = 1, copy: int = 0) -> str:
    """Return the id of an item: the same subject, task, round and showing give the same id on every machine."""
    return content_id([subject_id, task_id(task), round_, copy])


def guidelines(name: str, own: str = "") -> str:
    """Read the guidelines of a task and put its keys and the team's own below them: Markdown with links, in which HTML and images stay text.

    Raises:
        InvalidSettings: Together they are longer than Argilla takes.
    """
    text = (
        files("winnow.annotation.queues")
        .joinpath(f"guidelines/{name}.md")
        .read_text(encoding="utf-8")
    )
    below = as_markdown(own, with_links=True) if own.strip() else ""
    whole = "\n\n".join(filter(None, (text.strip(), keys_in_guidelines(name), below)))
    if len(whole) > MAX_GUIDELINES:
        raise InvalidSettings(
            f"guidelines of task '{name}' have {len(whole)} characters, Argilla takes {MAX_GUIDELINES}; "
            f"shorten your own by {len(whole) - MAX_GUIDELINES}"
        )
    return whole


def shuffled(view: View, item_id: str, seed: int) -> list[Response]:
    """Put the responses in an order that depends on nothing but their ids, the item and the seed."""
    return sorted(view.responses, key=lambda r: content_id([seed, item_id, r.response_id]))


def make_card(
    task: Task,
    view: View,
    item_id: str,
    round_: int,
    responses: Sequence[Response],
    *,
    fields: Mapping[str, Any] | None = None,
    suggestions: Mapping[str, Any] | None = None,
    text_id: str | None = None,
) -> Card:
    """Show the prompt and the responses in the order given, without a word on who wrote them."""
    shown = Shown(
        task=task_id(task),
        subject_id=view.subject_id,
        prompt_id=view.prompt.prompt_id,
        response_ids=tuple(r.response_id for r in responses),
        criterion_ids=tuple(c.criterion_id for c in view.criteria),
        round=round_,
        text_id=text_id,
        suggested=view.suggested,
    )
    texts = {f"response_{n}": response_markdown(r) for n, r in enumerate(responses, 1)}
    return Card(
        item_id=item_id,
        fields={"prompt": as_turns(view.prompt), **texts, **(fields or {})},
        shown=canonical_json(shown.model_dump()),
        suggestions=suggestions or {},
        is_judged=view.suggested is not None,
    )


def judgment(answer: Answer, comparison_id: str, ids: Sequence[str], **said: Any) -> Judgment:
    """Make a judgment of two responses, given in the order in which they were shown."""
    fields = {
        "comparison_id": comparison_id,
        "annotator_id": answer.annotator_id,
        "kind": "human",
        "order": "ab" if ids[0] < ids[1] else "ba",
        "request_id": answer.item_id,
        "created_at": answer.created_at,
    }
    return Judgment.model_validate({**fields, **said})


def discarded(answer: Answer, comparison_id: str, ids: Sequence[str]) -> Judgment:
    """Make the judgment of someone who put the item aside: invalid, and marked as such."""
    return judgment(answer, comparison_id, ids, verdict="invalid", is_discarded=True)
