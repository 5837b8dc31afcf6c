"""The judge that says which of two responses is better."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated

from pydantic import Field

from winnow.annotation.judge import JUDGES, Question, Reading, Reply, Shows, SubjectView, name_of
from winnow.annotation.judges.closed import ClosedJudge, shares
from winnow.annotation.judges.layout import DEFAULT_GUIDELINES, lay_out, lay_out_exemplars
from winnow.annotation.judges.replies import places_of, read_object, readable, schema_of
from winnow.annotation.templates import load_prompt
from winnow.schemas.prompts import Message

_PLACES = ("first", "second", "tie")


@cache
def _system(guidelines: str, max_chars: int, has_exemplars: bool) -> Message:
    """Write what the model is to do."""
    text = load_prompt("pairwise").substitute(guidelines=guidelines, max_chars=max_chars)
    if has_exemplars:
        text = f"{text.rstrip()}\n\n{load_prompt('exemplars').substitute()}"
    return Message(role="system", content=text)


@cache
def _schema(max_chars: int) -> str:
    critique = {"type": "string", "maxLength": max_chars}
    return schema_of({"critique": critique, "verdict": {"enum": list(_PLACES)}})


@JUDGES.register("pairwise", version=1)
class PairwiseJudge(ClosedJudge):
    """Ask which of two responses is better: the critique first, the verdict last.

    Source: Zheng et al. 2023, "Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena", arXiv:2306.05685.
    """

    guidelines: str = DEFAULT_GUIDELINES
    """What a better response does, in the words that the model reads."""

    max_critique_chars: Annotated[int, Field(ge=1, le=4000)] = 800
    """Longest critique, in characters; the schema enforces it, so the verdict is never cut off by it."""

    exemplars: Annotated[int, Field(ge=0, le=32)] = 0
    """Comparisons with known verdicts that are shown before each question, the most similar ones there are."""

    max_exemplar_chars: Annotated[int, Field(ge=1)] = 6000
    """Longest prompt and responses together, in characters, that make an exemplar."""

    @property
    def shows(self) -> Shows | None:
        """Exemplars, where the settings want any."""
        return Shows(self.exemplars, self.max_exemplar_chars) if self.exemplars else None

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Write the one question; both orders share all but the responses."""
        if replies:
            return ()
        page = lay_out(view)
        if view.exemplars:
            page = f"{lay_out_exemplars(view.exemplars)}\n\n{page}"
        question = Question(
            messages=(
                _system(self.guidelines, self.max_critique_chars, bool(view.exemplars)),
                Message(role="user", content=page),
            ),
            json_schema=_schema(self.max_critique_chars),
            max_tokens=2 * self.max_critique_chars + 64,
            logprobs=self.logprobs,
        )
        return (question,)

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        """Read the verdict; a reply that is not exactly the object asked for is invalid."""
        (reply,) = replies
        said = read_object(reply.text, ("critique", "verdict"))
        if said is None or said["verdict"] not in _PLACES or not isinstance(said["critique"], str):
            return (Reading(verdict="invalid", rationale=reply.text),)
        verdict = name_of(said["verdict"], view.order)
        return (
            Reading(
                verdict=verdict,
                rationale=readable(said["critique"]),
                probability=self._probability(view, reply),
            ),
        )

    def _probability(self, view: SubjectView, reply: Reply) -> float | None:
        """Compute P(b is better) and half of P(tie); None where the tokens do not tell."""
        if not self.probability:
            return None
        answers = [f'"{place}"' for place in _PLACES]
        found = shares(reply, places_of(reply.text)["verdict",], answers)
        if found is None:
            return None
        likely = dict(zip(_PLACES, found, strict=True))
        b = "second" if view.order == "ab" else "first"
        return likely[b] + likely["tie"] / 2
