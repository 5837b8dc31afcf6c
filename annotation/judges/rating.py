"""The judge that rates responses, two together or each by itself, and leaves the verdict to the difference."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from winnow.annotation.judge import JUDGES, Question, Reading, Reply, SubjectView
from winnow.annotation.judges.closed import ClosedJudge, shares
from winnow.annotation.judges.layout import DEFAULT_GUIDELINES, lay_out, lay_out_response
from winnow.annotation.judges.numbers import expected, higher, sum_of
from winnow.annotation.judges.replies import (
    places_of,
    read_object,
    readable,
    schema_of,
    whole_number,
)
from winnow.annotation.templates import load_prompt
from winnow.schemas.judgments import Rating, ScoreShare, Verdict
from winnow.schemas.prompts import Message

_BEST = 5
_WHOLE = "quality"
_STRONGEST = 3


@JUDGES.register("rating", version=1)
class RatingJudge(ClosedJudge):
    """Rate responses from 1 to 5, on one attribute or several; of two, the higher sum wins.

    Two are rated in one reply, so that they are measured by one standard, or each by itself. What the sum decides is the
    judgment's own verdict; a rule of the settings may make another one of the same ratings
    (`winnow.annotation.aggregation.rules`).
    """

    guidelines: str = DEFAULT_GUIDELINES
    """What a better response does, in the words that the model reads."""

    pointwise: bool = False
    """true shows the model one response at a time, and asks about it once, however many comparisons it stands in: n questions
    for n responses. Their ratings then make the verdict of every comparison of two of them."""

    attributes: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], str] = Field(
        default_factory=lambda: {_WHOLE: ""}, min_length=1, max_length=12
    )
    """What is rated, by the name under which the ratings are kept, and what each means, in words for the model."""

    min_difference: Annotated[int, Field(ge=1)] = 1
    """Sums of ratings that differ by less are a tie."""

    max_critique_chars: Annotated[int, Field(ge=1, le=4000)] = 800
    """Longest critique, in characters."""

    reference: bool = False
    """true asks only about prompts with a reference, which the judge sees in any case; a prompt without one is a reject."""

    @model_validator(mode="after")
    def _check_difference(self) -> Self:
        if self.pointwise and "min_difference" in self.model_fields_set:
            raise ValueError(
                f"min_difference is {self.min_difference}, but with pointwise no two responses are rated together; leave it "
                "out, and give a rule of aggregate.combine a tolerance instead"
            )
        return self

    @property
    def subject(self) -> Literal["pair", "response"]:
        """Two responses, or one by itself."""
        return "response" if self.pointwise else "pair"

    @property
    def by_reference(self) -> bool:
        """As the settings say."""
        return self.reference

    @property
    def asks_once(self) -> bool:
        """It does."""
        return True

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Write the one question; both orders share all but the responses."""
        if replies:
            return ()
        prompt, page = (
            ("rating_pointwise", lay_out_response(view))
            if self.pointwise
            else ("rating", lay_out(view))
        )
        system = load_prompt(prompt).substitute(
            guidelines=self.guidelines, max_chars=self.max_critique_chars, ratings=self._asked()
        )
        scale: dict[str, Any] = {"enum": list(range(1, _BEST + 1))}
        if not self._is_whole:
            scale = json.loads(schema_of(dict.fromkeys(self.attributes, scale)))
        critique = {"type": "string", "maxLength": self.max_critique_chars}
        question = Question(
            messages=(
                Message(role="system", content=system),
                Message(role="user", content=page),
            ),
            json_schema=schema_of({"critique": critique, **dict.fromkeys(self._keys, scale)}),
            max_tokens=2 * self.max_critique_chars + 64 * len(self.attributes),
            logprobs=self.logprobs,
        )
        return (question,)

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        """Read all ratings; a reply without a critique and every rating, a whole number from 1 to 5, is invalid."""
        (reply,) = replies
        said = read_object(reply.text, ("critique", *self._keys))
        found = (
            [self._ratings(said[self._key(view, i)]) for i in range(len(self._keys))]
            if said
            else []
        )
        scores = [one for one in found if one is not None]
        if said is None or len(scores) < len(found) or not isinstance(said["critique"], str):
            return (Reading(verdict="invalid", rationale=reply.text),)
        likely = self._likely(view, reply) if self.probability else {}
        rated = Reading(
            rationale=readable(said["critique"]),
            ratings=tuple(
                _rating(response.response_id, attribute, score, likely.get((side, attribute)))
                for side, response in enumerate(view.responses)
                for attribute, score in zip(self.attributes, scores[side], strict=True)
            ),
        )
        return (rated if self.pointwise else self._compared(rated, scores, likely),)

    def _compared(
        self,
        rated: Reading,
        scores: Sequence[Sequence[int]],
        likely: Mapping[tuple[int, str], Sequence[float]],
    ) -> Reading:
        """Add what the ratings of two responses say of them."""
        a, b = scores
        difference = sum(b) - sum(a)
        steps = round(difference / len(self.attributes))
        return rated.model_copy(
            update={
                "verdict": self._verdict(difference),
                "strength": max(-_STRONGEST, min(_STRONGEST, steps)),
                "probability": self._probability(likely),
            }
        )

    @property
    def _keys(self) -> tuple[str, ...]:
        """The keys of a reply under which ratings stand, one a response as it is shown."""
        return ("rating",) if self.pointwise else ("first", "second")

    def _key(self, view: SubjectView, side: int) -> str:
        """Return the key of a response, 0 for a."""
        return self._keys[view.places.index(side)]

    @property
    def _is_whole(self) -> bool:
        """Whether a single number is asked for, without a word on what it is about."""
        return list(self.attributes.values()) == [""]

    def _asked(self) -> str:
        of_each = "" if self.pointwise else " of each"
        if self._is_whole:
            return f"the rating{of_each}, a whole number from 1 to 5"
        names = (f"{name} ({about})" if about else name for name, about in self.attributes.items())
        return (
            f"the ratings{of_each}, an object with a whole number from 1 to 5 for each of: "
            f"{'; '.join(names)}. Rate each attribute for itself"
        )

    def _ratings(self, said: Any) -> list[int] | None:
        """Read the ratings of one response in the order of the attributes; None where they cannot be read."""
        if self._is_whole:
            said = {name: said for name in self.attributes}
        # Replies are read as lists of pairs, so that a repeated key shows.
        pairs = said.items() if isinstance(said, dict) else said
        ratings = _as_dict(pairs)
        if ratings is None or sorted(ratings) != sorted(self.attributes):
            return None
        scores = [whole_number(ratings[name], _BEST) for name in self.attributes]
        read = [score for score in scores if score is not None]
        return read if len(read) == len(scores) else None

    def _likely(self, view: SubjectView, reply: Reply) -> dict[tuple[int, str], tuple[float, ...]]:
        """Read the shares of the ratings 1 to 5, by response (0 for a) and attribute; what is not known is left out."""
        places, answers = places_of(reply.text), [str(score) for score in range(1, _BEST + 1)]
        found = {
            (side, attribute): shares(reply, places[path], answers)
            for side in range(len(self._keys))
            for attribute in self.attributes
            for place in [self._key(view, side)]
            for path in [(place,) if self._is_whole else (place, attribute)]
        }
        return {key: likely for key, likely in found.items() if likely}

    def _probability(self, likely: Mapping[tuple[int, str], Sequence[float]]) -> float | None:
        """Compute P(the sum of b wins) and half of P(tie), the ratings taken as independent; None unless all are known."""
        if len(likely) < 2 * len(self.attributes):
            return None
        a, b = (sum_of([likely[side, name] for name in self.attributes]) for side in range(2))
        return higher(a, b, self.min_difference)

    def _verdict(self, difference: int) -> Verdict:
        if abs(difference) < self.min_difference:
            return "tie"
        return "b" if difference > 0 else "a"


def _rating(
    response_id: str, attribute: str, score: float, likely: Sequence[float] | None
) -> Rating:
    shares = enumerate(likely, 1) if likely else None
    return Rating(
        response_id=response_id,
        attribute=attribute,
        score=score,
        expected=expected(likely) if likely else None,
        distribution=tuple(ScoreShare(score=s, share=p) for s, p in shares) if shares else None,
    )


def _as_dict(pairs: Any) -> dict[str, Any] | None:
    is_object = isinstance(pairs, Collection) and all(isinstance(pair, tuple) for pair in pairs)
    found = dict(pairs) if is_object else None
    return found if found is not None and len(found) == len(pairs) else None
