"""What a judge is: pure functions round model calls that it does not make."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from winnow.annotation.embeddings import TFIDF
from winnow.schemas.base import Value
from winnow.schemas.judgments import CriterionVerdict, Kind, Order, Rating, SubjectKind, Verdict
from winnow.schemas.prompts import Message, Prompt, ToolCall
from winnow.schemas.registry import Registry
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.schemas.step_spans import StepSpan
from winnow.schemas.token_logprobs import TokenLogprob


class ComparisonView(Value):
    """A comparison of two responses with the texts that an annotator looks at."""

    comparison_id: str
    """The comparison."""

    prompt: Prompt
    """The prompt that both answer."""

    a: Response
    """The first of its response_ids."""

    b: Response
    """The second of its response_ids."""

    exemplars: tuple["Exemplar", ...] = ()
    """Comparisons like it that people have judged, to be shown before it; the most similar last."""

    def shown(self, order: Order) -> tuple[Response, Response]:
        """Return the responses as they are shown: first, second."""
        return (self.a, self.b) if order == "ab" else (self.b, self.a)

    def subject(self, order: Order) -> "SubjectView":
        """Return what a judge is asked about that is shown the two in this order."""
        return SubjectView(
            subject_id=self.comparison_id,
            prompt=self.prompt,
            responses=(self.a, self.b),
            places=(0, 1) if order == "ab" else (1, 0),
            exemplars=self.exemplars,
        )


class Exemplar(Value):
    """A comparison that people have judged, as it is shown to a judge."""

    view: ComparisonView
    """The comparison."""

    order: Order
    """Which response is shown first."""

    verdict: Verdict
    """What people found: "a", "b" or "tie"."""

    why: str = ""
    """Why, in the person's own words; empty where none were given."""

    @property
    def place(self) -> str:
        """Name the verdict as a place on the page: "first", "second" or "tie"."""
        if self.verdict == "tie":
            return "tie"
        return "first" if self.verdict == self.order[0] else "second"


class RubricView(Value):
    """A rubric with its criteria, in the order in which they are asked."""

    rubric: Rubric
    """The rubric."""

    criteria: tuple[Criterion, ...]
    """Its criteria."""


class SubjectView(Value):
    """What a judge is asked about: a prompt with its responses, in the order in which they are shown."""

    kind: SubjectKind = "comparison"
    """What is judged, as `Judgment.subject_kind` has it."""

    subject_id: str
    """Its id, as `Judgment.subject_id` has it."""

    prompt: Prompt
    """The prompt that all answer."""

    responses: tuple[Response, ...]
    """Of a comparison the responses, two or more, as verdicts name them: of any two, "a" is the one that stands earlier
    here. Of a response itself alone, of a step the response that it is of, of a prompt none."""

    places: tuple[int, ...]
    """For each place on the page, which of `responses` is shown there, counted from 0."""

    exemplars: tuple[Exemplar, ...] = ()
    """Comparisons like it that people have judged, to be shown before it; the most similar last."""

    steps: tuple[StepSpan, ...] = ()
    """Of a response that is judged step by step as well, where its steps lie, as `Judge.cut` says; none otherwise."""

    rubric: RubricView | None = None
    """The rubric to judge by; None where the prompt has none, or the judge asks for none."""

    @property
    def shown(self) -> tuple[Response, ...]:
        """The responses in the order in which they are shown."""
        return tuple(self.responses[i] for i in self.places)

    @property
    def order(self) -> Order:
        """Which of the first two responses of a comparison is shown first."""
        return "ab" if self.places.index(0) < self.places.index(1) else "ba"

    def order_of(self, a: Response, b: Response) -> Order:
        """Say which of two responses is shown first."""
        at_a, at_b = (self.places.index(self.responses.index(one)) for one in (a, b))
        return "ab" if at_a < at_b else "ba"

    def pairs(self) -> Iterator[tuple[Response, Response]]:
        """List each two responses, a and b, that a verdict is wanted of."""
        yield from combinations(self.responses, 2)


class Question(Value):
    """What a model is asked, all but which model it is."""

    messages: tuple[Message, ...]
    """The conversation that ends before the reply, or with it where it is to be scored."""

    json_schema: str | None = None
    """JSON schema that the reply must follow, as JSON text; its properties stand in the order of writing. None where the
    reply is free."""

    max_tokens: Annotated[int, Field(ge=1)] = 512
    """Tokens that the longest reply needs."""

    temperature: Annotated[float, Field(ge=0)] | None = None
    """Temperature of the sampling; None for that of the settings."""

    logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    """Give with each token of the reply its log-probability and so many alternatives; None for none."""

    task: Literal["chat", "prompt_logprobs", "reward"] = "chat"
    """Reply, give log-probabilities of the last turn, or give a reward model's score of the conversation."""

    scored_chars: Annotated[int, Field(ge=1)] | None = None
    """With "prompt_logprobs", give those of so many last characters of the last turn alone, and of no mark that a chat
    template puts behind it; None for the whole turn with its marks. `Reply.tokens` may begin earlier, since tokens do."""

    tools: str | None = None
    """JSON text of the tools that the conversation tells of; None where there are none."""

    sample: Annotated[int, Field(ge=0)] = 0
    """Which of several draws of a reply it asks for: questions that differ in this alone are answered one by one."""


class Reply(Value):
    """What came back of one question."""

    text: str
    """The answer, without a thought before it; empty where a conversation was scored."""

    tool_calls: tuple[ToolCall, ...] = ()
    """Tools that the answer calls."""

    tokens: tuple[TokenLogprob, ...] = ()
    """Every token with its log-probability, those of a thought first; empty where none were asked for, or given."""

    score: float | None = None
    """Score of a reward model, on its own scale; None otherwise."""


class Reading(Value):
    """What replies, or measurements, say about a subject or two responses of it."""

    verdict: Verdict | None = None
    """The better response by name, "tie", or "invalid" where nothing certain can be read; None for what was read of a
    subject that is no comparison."""

    rationale: str
    """Why, as the annotator gave it; of an invalid one, the raw reply."""

    strength: int | None = None
    """How much better, -3 for a to 3 for b; None where the annotator did not say."""

    probability: Annotated[float, Field(ge=0, le=1)] | None = None
    """The annotator's own probability that b is better, with half of that of a tie; None where it gave none."""

    ratings: tuple[Rating, ...] = ()
    """Numbers given to the responses, where there are any: all that a judge of one response says of it."""

    ranking: tuple[str, ...] | None = None
    """response_ids of the whole subject, best first, where it was put in order; None otherwise."""

    criteria: tuple[CriterionVerdict, ...] = ()
    """Verdicts by criterion, where there are any, of the view's rubric."""

    of: tuple[str, str] | None = None
    """response_ids of the a and b that it is about, one of `SubjectView.pairs`; None for each two of the subject."""

    step: int | None = None
    """Which step of `SubjectView.steps` it is about, from 0; None for the subject as a whole."""


class TurnNote(Value):
    """What is to be kept of one reply on the way to a judgment, beside the reply itself."""

    role: str
    """Who spoke, such as "member 2"."""

    round: Annotated[int, Field(ge=1)] = 1
    """Round of questions in which it was asked, from 1."""

    saw: tuple[int, ...] = ()
    """Earlier replies that stood in its question, by their places among all, counted from 1."""

    says: tuple[Reading, ...] = ()
    """What is read of this reply alone; nothing where it gives no verdict and no rating."""

    note: str = ""
    """What became of it; empty where there is nothing to say."""


class Shows(NamedTuple):
    """Comparisons with known verdicts that a judge wants to show its model."""

    n: int
    """How many before each question, at most."""

    max_chars: int
    """Longest prompt and responses together, in characters."""

    by: str = TFIDF
    """What makes one comparison like another: "tfidf", or embeddings by their name."""

    given: tuple[str, ...] = ()
    """Ids of the comparisons that are shown, instead of those most like the one in question."""


class Judge(Value, ABC):
    """A way to ask models which response is better. Its fields are its settings.

    A judge of one question writes it in `ask` and reads the one reply. One of several rounds is asked again after each,
    with all replies so far in the order of their questions, until it has no more questions.

    What it says of one response, as ratings, is asked once of the response, however many comparisons it stands in: their
    verdicts follow from the ratings of both.
    """

    name: ClassVar[str]
    """Name in the settings; registering sets it."""

    version: ClassVar[int]
    """Grows whenever the same subject would be asked or read otherwise; registering sets it."""

    kind: ClassVar[Kind] = "llm"
    """What sort of annotator it is, as `Judgment.kind` has it."""

    model_task: ClassVar[Literal["chat", "reward"]] = "chat"
    """What its models do, as the key `task` of a model has it: "chat" for answers and log-probabilities, "reward" for scores."""

    is_sampled: ClassVar[bool] = True
    """Whether the temperature and the draws of its entry can bring other replies; False where it has given texts scored."""

    @abstractmethod
    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Write the questions of a round; all orders of a subject share everything before the responses.

        Args:
            view: What is asked about, as it is shown.
            replies: What came back of the rounds before; none in the first.

        Returns:
            What to ask next; nothing once the replies can be read.
        """

    @abstractmethod
    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        """Read all replies; strictly, so that what is unclear is "invalid".

        Returns:
            One reading of the subject, or one of each two responses of it, and one of each step of a response that is judged
            step by step; what no reading is about is invalid.
        """

    def transcript(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[TurnNote]:
        """Say who spoke when, and what each knew then, of replies that `read` can read.

        Returns:
            One note a reply, which are kept with the judgment; none where the judgment holds all there is to say.
        """
        return ()

    @property
    def subject(self) -> Literal["pair", "group", "response"]:
        """What it is asked about: two responses in each order, as many as stand side by side, or one by itself."""
        return "pair"

    def cut(self, response: Response) -> tuple[StepSpan, ...]:
        """Say where the steps of a response lie, for a judge of responses that says something of each step as well.

        Returns:
            The steps, which become `SubjectView.steps`, each a judgment beside that of the response; none for a judge of whole
            responses.
        """
        return ()

    @property
    def most_asked(self) -> Mapping[str | None, int]:
        """Questions in all rounds about one subject at most, by the name of the model in the settings, None for that of its entry; empty
        where it asks in one round, or cannot tell.
        """
        return {}

    @property
    def asks_once(self) -> bool:
        """Whether it asks exactly one question about each subject, so that it can be a member of a panel."""
        return False

    @property
    def logprobs(self) -> int | None:
        """Alternatives that its questions ask for at each place; None where none asks for log-probabilities."""
        return None

    @property
    def by_rubric(self) -> bool:
        """Whether it judges by a rubric, so that a subject without one is not asked about."""
        return False

    @property
    def by_reference(self) -> bool:
        """Whether it judges by the prompt's reference, so that a subject without one is not asked about."""
        return False

    @property
    def takes_unproven(self) -> bool:
        """Whether derived rubrics without a proof will do as well, where it judges by a rubric."""
        return False

    @property
    def further_models(self) -> Mapping[str, str]:
        """Models that it asks beside that of its entry: their names in the settings, by the key that names each, such as
        "members[1].model".
        """
        return {}

    def model_in(self, round_number: int) -> str | None:
        """Say which model all questions of a round go to, by its name in the settings.

        Args:
            round_number: The round, from 1.

        Returns:
            One of `further_models`; None for the model of its entry.
        """
        return None

    def conflict(self, model: str, temperature: float) -> str:
        """Say what of its settings does not go with those of its entry, and the way out; empty where all does.

        Args:
            model: The model of its entry, by its name in the settings.
            temperature: The temperature of its entry.
        """
        return ""

    @property
    def shows(self) -> Shows | None:
        """What it wants of comparisons with known verdicts, to show them; None where it shows none."""
        return None


JUDGES: Registry[Judge] = Registry("judge")
"""Judges by name; `winnow.annotation.judges` fills it."""

_NAMES: dict[tuple[Order, str], Verdict] = {
    ("ab", "first"): "a",
    ("ab", "second"): "b",
    ("ba", "first"): "b",
    ("ba", "second"): "a",
}


def name_of(place: str, order: Order) -> Verdict:
    """Turn a place on the page, "first", "second" or "tie", into the verdict that names the response."""
    return "tie" if place == "tie" else _NAMES[order, place]
