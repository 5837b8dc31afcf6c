"""How good each of two responses is, attribute by attribute."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from winnow.annotation.queues.forms import Card, Form, markdown, rating, words
from winnow.annotation.queues.tasks.base import (
    TASKS,
    ReadAnswers,
    TaskSettings,
    View,
    guidelines,
    make_card,
    shuffled,
)
from winnow.annotation.queues.tasks.pairs import read_pair, two_responses, verdict_of
from winnow.schemas.answers import Answer
from winnow.schemas.base import Value
from winnow.schemas.judgments import Rating


class Attribute(Value):
    """Something that a response is rated on, from 0 to 4."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Name in judgments, such as "helpfulness"."""

    question: str
    """The question as people read it, such as "How helpful is it?"."""

    scale: str = ""
    """What 0 and 4 stand for."""


HELPSTEER = (
    Attribute(
        name="helpfulness",
        question="Helpfulness",
        scale="0: of no use for what was asked. 4: just what was asked for.",
    ),
    Attribute(
        name="correctness",
        question="Correctness",
        scale="0: wrong throughout. 4: everything is right and nothing is missing.",
    ),
    Attribute(
        name="coherence", question="Coherence", scale="0: cannot be followed. 4: clear throughout."
    ),
    Attribute(
        name="complexity",
        question="Complexity",
        scale="0: anyone could have written it. 4: it takes an expert. High is not better.",
    ),
    Attribute(
        name="verbosity",
        question="Verbosity",
        scale="0: as short as can be. 4: very long for what was asked. High is not better.",
    ),
)
"""The five attributes of HelpSteer (Wang et al. 2023, arXiv:2311.09528), described in our own words."""


@TASKS.register("ratings", version=1)
class Ratings(TaskSettings):
    """Ask for a number from 0 to 4 for each response and attribute.

    The verdict is the response that is rated higher on the first attribute; equal numbers are a tie.
    """

    attributes: tuple[Attribute, ...] = Field(HELPSTEER, min_length=1)
    """What is rated; the first decides the verdict."""

    def form(self) -> Form:
        """Return two numbers for each attribute, one a response."""
        questions = [
            rating(
                f"{a.name}_{place}",
                f"{a.question} of response {place}",
                range(5),
                description=a.scale or None,
            )
            for place in (1, 2)
            for a in self.attributes
        ]
        return Form(
            fields=two_responses(markdown),
            questions=[*questions, words("why", "Anything worth noting?")],
            guidelines=guidelines(self.name, self.guidelines),
        )

    def card(self, view: View, item_id: str, round_: int, seed: int) -> Card:
        """Show the two responses in a drawn order."""
        return make_card(self, view, item_id, round_, shuffled(view, item_id, seed))

    def read(self, answer: Answer) -> ReadAnswers:
        """Return one judgment with all ratings."""
        return read_pair(answer, self._say)

    def _say(self, said: Mapping[str, Any], ids: tuple[str, ...]) -> dict[str, Any]:
        ratings = tuple(
            Rating(response_id=i, attribute=a.name, score=said[f"{a.name}_{place}"])
            for place, i in enumerate(ids, 1)
            for a in self.attributes
        )
        first = {r.response_id: r.score for r in ratings if r.attribute == self.attributes[0].name}
        a, b = sorted(ids)
        return {"verdict": verdict_of(first[b] - first[a]), "ratings": ratings}
