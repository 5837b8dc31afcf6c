"""The judge that says whether one response comes to the known answer."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from winnow.annotation.judge import JUDGES, Question, Reading, Reply, SubjectView
from winnow.annotation.judges.closed import ClosedJudge, shares
from winnow.annotation.judges.layout import lay_out_response
from winnow.annotation.judges.replies import places_of, read_object, readable, schema_of
from winnow.annotation.templates import load_prompt
from winnow.schemas.judgments import Rating, ScoreShare
from winnow.schemas.prompts import Message

CORRECTNESS = "correctness"
"""Attribute of the rating that says 1 for a correct answer and 0 for an incorrect one."""

NO_ANSWER = "no_valid_answer"
"""Attribute of the rating, 1, of a response that holds no answer to compare."""

NO_ANSWER_COUNTED = f"{CORRECTNESS}.{NO_ANSWER}"
"""The same where that counts as wrong: a part of `correctness`, so that it is not counted beside it."""

_FOUND = ("correct", "incorrect", "invalid")
_GUIDELINES = "- Where the answer is a number, a name, a choice or a list, it has to be that one.\n- Where it is a text, it has to say what the reference says, in whatever words."


@JUDGES.register("correctness", version=1)
class CorrectnessJudge(ClosedJudge):
    """Ask of one response whether its final answer is that of the reference: correct, incorrect, or invalid.

    "Invalid" is a response without an answer: cut off, refusing, off the subject. It is kept as a rating of its own, `no_valid_answer`, and
    no rating of `correctness`; where the settings have it count as wrong, `correctness` is 0 and `correctness.no_valid_answer` says why. Otherwise no comparison follows of a correct or incorrect response
    with an invalid one; two invalid ones are a tie.

    Source: Liu et al. 2025, "CompassVerifier", arXiv:2508.03686, for the three verdicts.
    """

    guidelines: str = _GUIDELINES
    """What makes an answer the same as that of the reference, in the words that the model reads."""

    max_critique_chars: Annotated[int, Field(ge=1, le=4000)] = 800
    """Longest critique, in characters; the schema enforces it, so the verdict is never cut off by it."""

    invalid: Literal["apart", "wrong"] = "apart"
    """What a response without an answer counts as: "apart", neither right nor wrong, or "wrong", 0 of correctness as well."""

    @property
    def subject(self) -> Literal["response"]:
        """One response by itself."""
        return "response"

    @property
    def by_reference(self) -> bool:
        """Always: without a reference there is nothing to compare with."""
        return True

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Write the one question."""
        if replies:
            return ()
        system = load_prompt("correctness").substitute(
            guidelines=self.guidelines, max_chars=self.max_critique_chars
        )
        question = Question(
            messages=(
                Message(role="system", content=system),
                Message(role="user", content=lay_out_response(view)),
            ),
            json_schema=_schema(self.max_critique_chars),
            max_tokens=2 * self.max_critique_chars + 64,
            logprobs=self.logprobs,
        )
        return (question,)

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        """Read the verdict; a reply that is not exactly the object asked for is invalid, and says nothing of the response."""
        (reply,) = replies
        said = read_object(reply.text, ("critique", "verdict"))
        if said is None or said["verdict"] not in _FOUND or not isinstance(said["critique"], str):
            return (Reading(verdict="invalid", rationale=reply.text),)
        (response,) = view.responses
        ratings = tuple(self._ratings(response.response_id, said["verdict"], self._likely(reply)))
        return (
            Reading(
                rationale=f"{said['verdict']}: {readable(said['critique'])}",
                ratings=ratings,
            ),
        )

    def _ratings(
        self, response_id: str, verdict: str, likely: tuple[float, ...] | None
    ) -> list[Rating]:
        right, wrong, none = likely or (0.0, 0.0, 0.0)
        told = []
        if verdict != "invalid" or self.invalid == "wrong":
            wrong += none if self.invalid == "wrong" else 0.0
            share = right / (right + wrong) if right + wrong > 0 else None
            score = float(verdict == "correct")
            told.append(_rating(response_id, CORRECTNESS, score, share))
        if verdict == "invalid":
            attribute = NO_ANSWER_COUNTED if self.invalid == "wrong" else NO_ANSWER
            told.append(_rating(response_id, attribute, 1.0, None))
        return told

    def _likely(self, reply: Reply) -> tuple[float, ...] | None:
        if not self.probability:
            return None
        answers = [f'"{one}"' for one in _FOUND]
        return shares(reply, places_of(reply.text)["verdict",], answers)


@cache
def _schema(max_chars: int) -> str:
    critique = {"type": "string", "maxLength": max_chars}
    return schema_of({"critique": critique, "verdict": {"enum": list(_FOUND)}})


def _rating(response_id: str, attribute: str, score: float, share: float | None) -> Rating:
    """Write a rating of 0 or 1; `share` is how likely 1 was, None where that is not known."""
    distribution = (
        None
        if share is None
        else (ScoreShare(score=0, share=1 - share), ScoreShare(score=1, share=share))
    )
    return Rating(
        response_id=response_id,
        attribute=attribute,
        score=score,
        expected=share,
        distribution=distribution,
    )
