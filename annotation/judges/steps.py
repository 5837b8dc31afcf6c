"""The judge that says of each step of a response whether it is right, all steps in one reply."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, field_validator

from winnow.annotation.judge import JUDGES, Judge, Question, Reading, Reply, SubjectView
from winnow.annotation.judges.layout import lay_out_steps
from winnow.annotation.judges.replies import (
    object_of,
    read_pairs,
    readable,
    schema_of,
    whole_number,
)
from winnow.annotation.segmenting import Rule, cut, segment
from winnow.annotation.templates import load_prompt
from winnow.schemas.judgments import Rating
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response
from winnow.schemas.step_spans import REFERENCE_STEP, STEP, StepSpan

TOTAL = "steps"
"""Attribute of the rating of the whole response."""
_RIGHT = {"correct": 1.0, "neutral": 0.0}
_WRONG = -1.0
_BESIDE_REASON = 32
"""Tokens of a step's name, keys and verdict."""
_CHARS_PER_TOKEN = 2
"""Of a reason; a token of most languages holds more."""
_MOST_MATCHES = 4
_GUIDELINES = (
    "- A step is right if what it states is true, follows from what was asked or from the steps before it, and every "
    "calculation, call or quotation in it is right.\n"
    "- A step that repeats an error as its own statement is wrong as well.\n"
    "- What contradicts the conversation or the documents is wrong."
)
Total = Literal["mean", "min", "until_error"]


class _JudgedStep(NamedTuple):
    """What was read of one step."""

    score: float
    verdict: str
    reason: str
    matches: tuple[int, ...]


@JUDGES.register("steps", version=1)
class StepsJudge(Judge):
    """Say of each step of a response whether it is correct, neutral or incorrect, with the kind of error and a reason.

    All steps are asked about in one request. Where the prompt has a reference, it is cut by the same rule and the model says
    which of its steps each step goes with. Each step gets a judgment of its own, and the response one that adds them up, from
    which the comparisons follow. A step that the reply leaves out or names twice is "invalid"; where the reply names a step that
    there is not, its numbers are not to be trusted, and all are.

    Source: Rizvi et al. 2025, "SPARE", arXiv:2506.15498 (steps aligned with those of a reference in one call); Lightman et al.
    2023, "Let's Verify Step by Step", arXiv:2305.20050 (the three labels).
    """

    rule: Rule = "paragraphs"
    """How a response is cut that did not bring its steps, and the reference: "paragraphs" where one begins after a blank line,
    "lines" at every line, "numbered" at headings such as "Step 2:" (where there are none, at the items of a numbered list),
    "tags" at tags such as <step>, "turns" nowhere but between its own turns. Code, displayed mathematics, lists and tables are
    not cut."""

    guidelines: str = _GUIDELINES
    """When a step is right, in the words that the model reads."""

    errors: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)] = (
        "arithmetic",
        "logic",
        "misread",
        "unsupported",
        "other",
    )
    """Kinds of error, of which a wrong step gets one."""

    max_reason_chars: Annotated[int, Field(ge=1, le=2000)] = 160
    """Longest reason, in characters. Half as many tokens, and 32, are set aside for each step, all of which have to fit into the
    model's context."""

    total: Total = "mean"
    """How the response is rated by its steps, which count 1 if correct, 0 if neutral and -1 if incorrect: their "mean", the
    lowest of them ("min"), or the share of steps ahead of the first incorrect one ("until_error")."""

    @field_validator("errors")
    @classmethod
    def _check_errors(cls, errors: tuple[str, ...]) -> tuple[str, ...]:
        taken = [name for name in errors if name in _RIGHT or not name.strip()]
        if taken or len(set(errors)) < len(errors):
            raise ValueError(
                f"errors are {list(errors)}, wanted names that differ, none of them empty, 'correct' or 'neutral'; "
                "rename or leave out"
            )
        return errors

    @property
    def subject(self) -> Literal["response"]:
        """One response by itself, with its steps."""
        return "response"

    def cut(self, response: Response) -> tuple[StepSpan, ...]:
        """Cut a response by the rule of the settings."""
        return segment(response, self.rule)

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Write the one question about all steps."""
        if replies:
            return ()
        reference = self._reference(view.prompt)
        n = len(view.steps)
        system = load_prompt("steps").substitute(
            guidelines=self.guidelines,
            n=n,
            max_chars=self.max_reason_chars,
            kinds=", ".join(f'"{name}"' for name in self.errors),
            matches=_ASKED_MATCHES if reference else "Then ",
        )
        question = Question(
            messages=(
                Message(role="system", content=system),
                Message(role="user", content=lay_out_steps(view, reference)),
            ),
            json_schema=_schema(n, self.max_reason_chars, self.errors, len(reference)),
            max_tokens=n * (self.max_reason_chars // _CHARS_PER_TOKEN + _BESIDE_REASON),
        )
        return (question,)

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        """Read the verdict on each step, and add them up; where one cannot be read the judgment of the response is invalid."""
        (reply,) = replies
        (response,) = view.responses
        n_reference = len(self._reference(view.prompt))
        pairs = read_pairs(reply.text) or []
        names = [_name(step.index) for step in view.steps]
        is_counted = all(key in names for key, _ in pairs)
        found = [
            self._checked([value for key, value in pairs if key == name], n_reference)
            if is_counted
            else None
            for name in names
        ]
        of_steps = [
            _reading(response.response_id, i, one, reply.text) for i, one in enumerate(found)
        ]
        checked = [one for one in found if one is not None]
        if not checked or len(checked) < len(found):
            return (Reading(verdict="invalid", rationale=reply.text), *of_steps)
        scores = [one.score for one in checked]
        rating = Rating(
            response_id=response.response_id, attribute=TOTAL, score=_total(scores, self.total)
        )
        return (Reading(ratings=(rating,), rationale=_summary(checked)), *of_steps)

    def _reference(self, prompt: Prompt) -> tuple[str, ...]:
        """Cut the reference of a prompt; empty where there is none."""
        text = prompt.reference or ""
        starts = cut(text, self.rule)
        ends = [*starts[1:], len(text)]
        return tuple(text[a:b] for a, b in zip(starts, ends, strict=True) if text.strip())

    def _checked(self, about: Sequence[Any], n_reference: int) -> _JudgedStep | None:
        """Read what a reply says of one step; None unless it says one thing, and that is allowed."""
        keys = ("reason", "reference_steps", "verdict") if n_reference else ("reason", "verdict")
        said = object_of(about[0], keys) if len(about) == 1 else None
        if said is None or not isinstance(said["reason"], str):
            return None
        verdict, matches = said["verdict"], _matches(said.get("reference_steps", []), n_reference)
        if matches is None or verdict not in (*_RIGHT, *self.errors):
            return None
        return _JudgedStep(
            _RIGHT.get(verdict, _WRONG), verdict, readable(said["reason"]).strip(), matches
        )


_ASKED_MATCHES = 'Then "reference_steps": the numbers of the steps of the reference that the step goes with, [] if it goes with none. Then '


def _name(index: int) -> str:
    return f"s{index + 1}"


@lru_cache(maxsize=64)
def _schema(n: int, max_chars: int, errors: tuple[str, ...], n_reference: int) -> str:
    """Write the schema of a reply: an object for each step."""
    matches = {
        "reference_steps": {
            "type": "array",
            "items": {"enum": list(range(1, n_reference + 1))},
            "maxItems": _MOST_MATCHES,
        }
    }
    of_step = json.loads(
        schema_of(
            {
                "reason": {"type": "string", "maxLength": max_chars},
                **(matches if n_reference else {}),
                "verdict": {"enum": [*_RIGHT, *errors]},
            }
        )
    )
    return schema_of({_name(i): of_step for i in range(n)})


def _matches(said: Any, n_reference: int) -> tuple[int, ...] | None:
    """Read numbers of steps of the reference, each once; None where they are no such list."""
    if not isinstance(said, list):
        return None
    numbers = {n for one in said if (n := whole_number(one, n_reference)) is not None}
    return tuple(sorted(numbers)) if len(numbers) == len(said) else None


def _reading(response_id: str, index: int, one: _JudgedStep | None, reply: str) -> Reading:
    if one is None:
        return Reading(verdict="invalid", rationale=reply, step=index)
    scores = [(STEP, one.score), *((REFERENCE_STEP, float(number)) for number in one.matches)]
    ratings = (Rating(response_id=response_id, attribute=a, score=s) for a, s in scores)
    return Reading(
        ratings=tuple(ratings), rationale=": ".join(filter(None, [one.verdict, one.reason])), step=index
    )  # fmt: skip


def _total(scores: Sequence[float], rule: Total) -> float:
    if rule == "mean":
        return sum(scores) / len(scores)
    if rule == "min":
        return min(scores)
    n_ahead = scores.index(_WRONG) if _WRONG in scores else len(scores)
    return n_ahead / len(scores)


def _summary(checked: Sequence[_JudgedStep]) -> str:
    """Name the first error, and count the steps by verdict."""
    wrong = [(i, one) for i, one in enumerate(checked, 1) if one.score == _WRONG]
    counts: Mapping[str, int] = {
        "correct": sum(one.score > 0 for one in checked),
        "neutral": sum(one.score == 0 for one in checked),
        "incorrect": len(wrong),
    }
    told = ", ".join(f"{n} {name}" for name, n in counts.items() if n)
    if not wrong:
        return told
    number, first = wrong[0]
    return f"{told}; first error in step {number}: {first.verdict}"
