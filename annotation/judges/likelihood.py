"""What the judges by likelihood share: they ask nothing in words, but how likely a model finds given texts."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, NamedTuple

from winnow.annotation.judge import Judge, Question, Reading, Reply, SubjectView
from winnow.annotation.judges.scored_text import ScoredText, Unscored, read_scored, score_text
from winnow.schemas.judgments import Rating
from winnow.schemas.prompts import Message

NOTHING_TO_SCORE = "the response says nothing in plain text in its last turn"


class TextToScore(NamedTuple):
    """A text whose log-probabilities are asked for."""

    turns: tuple[Message, ...]
    """The conversation; its last turn ends with the text."""

    text: str
    """The text."""

    tools: str | None = None
    """JSON text of the tools that the conversation tells of."""


class LikelihoodJudge(Judge):
    """A judge that rates one response by how likely models find given texts; each model is asked about the same ones.

    Texts are scored without the marks that a chat template puts round them. What a response says is scored in its last
    turn, all before it being given.
    """

    is_sampled: ClassVar[bool] = False

    @property
    def subject(self) -> Literal["response"]:
        """One response by itself."""
        return "response"

    @abstractmethod
    def texts(self, view: SubjectView) -> Sequence[TextToScore]:
        """List the texts that are scored for a response; none where there is nothing to score."""

    @abstractmethod
    def numbers(self, scored: Sequence[ScoredText]) -> Iterator[tuple[str, float]]:
        """Compute the ratings, by attribute.

        Args:
            scored: The texts in their order, as the first model finds them, then as the next.
        """

    def words(self, scored: Sequence[ScoredText]) -> str:
        """Say in words what was found."""
        return "; ".join(one.words for one in scored)

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Ask for the log-probabilities of all texts, of one model a round."""
        texts = self.texts(view)
        if len(replies) >= len(texts) * self._n_models:
            return ()
        return [score_text(one.turns, one.text, one.tools) for one in texts]

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        """Read the log-probabilities; where those of one text are not all there, it is invalid."""
        texts = [*self.texts(view)] * self._n_models
        if not replies:
            return (Reading(verdict="invalid", rationale=NOTHING_TO_SCORE),)
        found = [read_scored(reply, one.text) for reply, one in zip(replies, texts, strict=True)]
        scored = [one for one in found if isinstance(one, ScoredText)]
        if len(scored) < len(found):
            why = (one.why for one in found if isinstance(one, Unscored))
            return (Reading(verdict="invalid", rationale="; ".join(dict.fromkeys(why))),)
        (response,) = view.responses
        ratings = tuple(
            Rating(response_id=response.response_id, attribute=attribute, score=score)
            for attribute, score in self.numbers(scored)
        )
        return (Reading(ratings=ratings, rationale=self.words(scored)),)

    @property
    def _n_models(self) -> int:
        return 1 + len(self.further_models)
