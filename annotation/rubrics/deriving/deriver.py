"""What a way to derive criteria is: pure functions round model calls that it does not make."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from winnow.annotation.judge import Question, Reply
from winnow.schemas.base import Value
from winnow.schemas.judgments import Kind, Order, Verdict
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.registry import Registry
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import CriterionKind, Importance, Reach, SourceKind

Subject = Literal["comparison", "words", "prompt"]
"""What criteria are drawn from: two responses with a label, what was said of a response or of two, or a prompt alone."""


class SaidWords(Value):
    """What one annotator wrote of a response, or of two."""

    judgment_id: str
    """The judgment that holds it."""

    annotator_id: str
    """Who wrote it."""

    kind: Kind
    """What sort of annotator it is."""

    verdict: Verdict | None = None
    """The better response of a comparison; None where nothing was compared."""

    order: Order | None = None
    """Which response was shown first; None where no order was recorded."""

    text: str
    """The words; empty of an edit that says nothing of itself."""


class DerivingView(Value):
    """What criteria are drawn from."""

    subject_id: str
    """Its id: of a comparison, of a response that something was said of, or of a prompt."""

    prompt: Prompt
    """The prompt."""

    responses: tuple[Response, ...] = ()
    """Of a comparison a and b, of words those that they are about; none of a prompt."""

    better: Literal["a", "b"] | None = None
    """The better one by the label; None where there is no label, or none that decides."""

    is_tie: bool = False
    """Whether the label says that neither is better."""

    is_edit: bool = False
    """Whether one response is what a person made of the other."""

    said: tuple[SaidWords, ...] = ()
    """What was said of it, by judgment_id."""

    later: tuple[Message, ...] = ()
    """Turns of the user that follow within each response, in order."""

    order: Order = "ab"
    """Which of two responses is shown first: drawn from the ids, so that the better one stands first in half of all."""

    @property
    def shown(self) -> tuple[Response, ...]:
        """The responses in the order in which they are shown."""
        return self.responses[::-1] if self.order == "ba" else self.responses

    @property
    def better_place(self) -> Literal["first", "second"] | None:
        """The better response by its place on the page."""
        if self.better is None:
            return None
        return "first" if self.better == self.order[0] else "second"


class DraftSource(Value):
    """What a criterion rests on."""

    kind: SourceKind
    """What it is."""

    subject_id: str
    """Its id."""

    quote: str | None = None
    """The words there that say so; None where none were quoted."""

    reply: Annotated[int, Field(ge=0)] = 0
    """The reply that it was read from, counted from 0."""

    response_id: str | None = None
    """The response that the words there answer the criterion for; None where they answer it for none."""

    answer: Literal["yes", "no"] | None = None
    """What they answer; None where they answer nothing."""


class ProposedCriterion(Value):
    """A criterion as it was proposed."""

    text: str
    """The criterion."""

    kind: CriterionKind
    """A rule, a principle, or an item of a checklist."""

    title: str | None = None
    """What it is called in a few words."""

    importance: Importance | None = None
    """How much depends on it."""

    turn: int | None = None
    """The user's turn whose answer it is about, from 1."""

    weight: float = 1.0
    """How much it counts beside the others."""

    sources: tuple[DraftSource, ...] = ()
    """What it rests on."""


class RefusedDraft(Value):
    """A criterion that was proposed and is not taken."""

    text: str
    """As it was written."""

    reason: str
    """Why, by name: one of `winnow.schemas.rubrics.Refused`, or "revised" for one that a later version does without."""

    detail: str
    """The same in words."""


class Derived(Value):
    """What was drawn from one subject."""

    drafts: tuple[ProposedCriterion, ...] = ()
    """The criteria; none where the subject gives none, which is an answer."""

    refused: tuple[RefusedDraft, ...] = ()
    """What was proposed and is not taken."""

    n_versions: Annotated[int, Field(ge=0)] = 1
    """Versions of the rubric that were tried."""


class RefusedSubject(NamedTuple):
    """Why nothing can be drawn from a subject."""

    reason: str
    """Why, by name."""

    detail: str
    """The same in words."""


class Deriver(Value, ABC):
    """A way to derive criteria. Its fields are its settings.

    One of a single question writes it in `ask` and reads the one reply. One of several rounds is asked again after each, with all
    replies so far in the order of their questions, until it has no more questions.
    """

    name: ClassVar[str]
    """Name in the settings; registering sets it."""

    version: ClassVar[int]
    """Grows whenever the same subject would be asked or read otherwise; registering sets it."""

    subject: ClassVar[Subject]
    """What it draws criteria from."""

    kinds: ClassVar[tuple[Kind, ...]] = ()
    """Whose words it reads; none where it reads none."""

    reach: Reach = "prompt"
    """What a rubric applies to: "prompt" writes one for each prompt, "domain" one for each domain, from all that is said of its
    prompts, and "all" a single one."""

    guidelines: str = ""
    """What to look for, in the words that the model reads; left out, what each way looks for by itself."""

    max_criteria: Annotated[int, Field(ge=1, le=200)] = 8
    """Criteria that one reply may propose; the schema enforces it, and what is beyond it is a reject."""

    max_criterion_chars: Annotated[int, Field(ge=20, le=2000)] = 240
    """Longest criterion, and longest quote, in characters."""

    @abstractmethod
    def ask(self, view: DerivingView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Write the questions of a round.

        Args:
            view: What criteria are drawn from.
            replies: What came back of the rounds before; none in the first.

        Returns:
            What to ask next; nothing once the replies can be read.
        """

    def lacks(self, view: DerivingView) -> RefusedSubject | None:
        """Say why nothing can be drawn from a subject about which it asks nothing; None where that is no fault."""
        return None

    def unread(self, view: DerivingView, replies: Sequence[Reply]) -> Reply | None:
        """Return the reply of which nothing can be read, where it need not be the last one."""
        return None

    @abstractmethod
    def read(self, view: DerivingView, replies: Sequence[Reply]) -> Derived | None:
        """Read all replies, each criterion checked as it is written; None where they cannot be read."""


DERIVERS: Registry[Deriver] = Registry("way to derive")
"""Ways to derive criteria by name; `winnow.annotation.rubrics.deriving` fills it."""
