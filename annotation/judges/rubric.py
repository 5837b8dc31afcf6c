"""The judge that checks a response against each criterion of a rubric."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from winnow.annotation.criteria.asking import in_portions, lay_out_criteria
from winnow.annotation.criteria.evidence import (
    FoundQuote,
    QuotableTurn,
    find_quote,
    quotable_turns,
    turns_answering,
)
from winnow.annotation.criteria.totals import HALF_MET, TotalRule, total_of, totals_by_turn
from winnow.annotation.judge import JUDGES, Judge, Question, Reading, Reply, SubjectView
from winnow.annotation.judges.layout import lay_out_numbered, lay_out_response
from winnow.annotation.judges.replies import object_of, read_pairs, schema_of
from winnow.annotation.templates import load_prompt
from winnow.schemas.judgments import CriterionAnswer, CriterionVerdict, Rating
from winnow.schemas.prompts import Message
from winnow.schemas.rubrics import Criterion

TOTAL = "rubric"
"""Attribute of the rating that is the total of a rubric."""
_NOT_APPLICABLE = "not_applicable"
_ANSWERS = ("yes", "no", _NOT_APPLICABLE)
_BESIDE_QUOTE = 40
"""Tokens of a criterion's name, keys and verdict."""


class _Checked(NamedTuple):
    """What was read of one criterion."""

    verdict: CriterionAnswer
    met: float | None = None
    evidence: FoundQuote | None = None
    score: float | None = None


_UNREAD = _Checked("invalid")


@JUDGES.register("rubric", version=1)
class RubricJudge(Judge):
    """Check a response against each criterion of the prompt's rubric: a quote first, then the verdict; the total is a rating.

    A criterion that was not answered, or whose "yes" rests on words that the response does not hold, is "invalid", and the
    others stay as they are.
    """

    criteria_at_once: Annotated[int, Field(ge=1, le=200)] = 10
    """Criteria of one request at most; a longer rubric is asked in several, which begin alike."""

    max_quote_chars: Annotated[int, Field(ge=1, le=2000)] = 200
    """Longest quote from the response, in characters."""

    total: TotalRule = "weighted"
    """How the verdicts add up: "weighted" by the weights of the criteria, of which pitfalls subtract theirs; "gated" the same,
    but 0 unless every hard rule and essential criterion is met; "positive_only" 0 unless they are, and among the responses of
    which they are from 0.8 to 1 by the rest."""

    min_answered: Annotated[float, Field(ge=0, le=1)] = 0.8
    """Share of the weight that has to be answered; below it the judgment is invalid."""

    unproven: bool = False
    """true judges by derived rubrics as well that nobody has proven yet."""

    @property
    def subject(self) -> Literal["response"]:
        """One response by itself."""
        return "response"

    @property
    def by_rubric(self) -> bool:
        """Always."""
        return True

    @property
    def takes_unproven(self) -> bool:
        """As the settings say."""
        return self.unproven

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Write a question for each portion of the criteria; they share everything before those."""
        if replies:
            return ()
        (response,) = view.responses
        page = lay_out_numbered(view) if response.turns else lay_out_response(view)
        criteria = view.rubric.criteria if view.rubric else ()
        system = Message(role="system", content=_system(self.max_quote_chars))
        return [
            Question(
                messages=(
                    system,
                    Message(
                        role="user",
                        content=f"{page}\n\n{lay_out_criteria(portion, criteria, _where(view, portion))}",
                    ),
                ),
                json_schema=self._schema(portion),
                max_tokens=len(portion) * (2 * self.max_quote_chars + _BESIDE_QUOTE),
            )
            for portion in in_portions(criteria, self.criteria_at_once)
        ]

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        """Read the verdict on each criterion, and add them up; where too few can be read the judgment is invalid."""
        (response,) = view.responses
        criteria = view.rubric.criteria if view.rubric else ()
        portions = in_portions(criteria, self.criteria_at_once)
        turns = quotable_turns(response)
        checked = {
            name: one
            for portion, reply in zip(portions, replies, strict=True)
            for name, one in _read(reply.text, portion, view, turns)
        }
        named = {name: c for portion in portions for name, c in portion.items()}
        met = {
            named[n].criterion_id: one.met for n, one in checked.items() if one.verdict != "invalid"
        }
        total = total_of(criteria, met, self.total, self.min_answered)
        verdicts = tuple(
            CriterionVerdict(
                response_id=response.response_id,
                criterion_id=named[name].criterion_id,
                verdict=one.verdict,
                evidence=one.evidence.text if one.evidence else None,
            )
            for name, one in checked.items()
        )
        if checked and all(one.verdict == "not_applicable" for one in checked.values()):
            return (Reading(criteria=verdicts, rationale="no criterion applies"),)
        if total is None:
            said = "\n".join(reply.text for reply in replies)
            return (Reading(verdict="invalid", rationale=said, criteria=verdicts),)
        rating = Rating(response_id=response.response_id, attribute=TOTAL, score=total)
        why = _summary(checked, has_turns=bool(response.turns))
        if response.turns:
            by_turn = totals_by_turn(criteria, met)
            why = "\n".join(
                [why, *(f"user's turn {n}: {total:.2f}" for n, total in by_turn.items())]
            )
        return (Reading(ratings=(rating,), criteria=verdicts, rationale=why),)

    def _schema(self, portion: Mapping[str, Criterion]) -> str:
        return _schema(
            tuple((name, *_scores(criterion)) for name, criterion in portion.items()),
            self.max_quote_chars,
        )


@cache
def _system(max_chars: int) -> str:
    return load_prompt("rubric").substitute(max_chars=max_chars).rstrip()


@cache
def _schema(portion: Sequence[tuple[Any, ...]], max_chars: int) -> str:
    """Write the schema of a reply: by the name of each criterion, and the scores of its levels where it has any."""
    quote = {"type": "string", "maxLength": max_chars}
    return schema_of(
        {
            name: {
                "type": "object",
                "properties": {
                    "evidence": quote,
                    "verdict": {"enum": [*scores, _NOT_APPLICABLE] if scores else list(_ANSWERS)},
                },
                "required": ["evidence", "verdict"],
                "additionalProperties": False,
            }
            for name, *scores in portion
        }
    )


def _scores(criterion: Criterion) -> list[float]:
    """List the scores of a graded criterion as JSON has them: 3 rather than 3.0."""
    return [int(one.score) if one.score.is_integer() else one.score for one in criterion.levels]


def _where(view: SubjectView, portion: Mapping[str, Criterion]) -> dict[str, str]:
    """Say of criteria about one turn of the user which turns of the response those are, by name."""
    (response,) = view.responses
    notes = {}
    for name, criterion in portion.items():
        if criterion.turn is not None and response.turns:
            about = turns_answering(criterion.turn, view.prompt, response)
            named = ", ".join(f"turn_{n}" for n in about) or "no turn of this response"
            notes[name] = f"{name} is about {named}:"
    return notes


def _read(
    reply: str, portion: Mapping[str, Criterion], view: SubjectView, turns: Sequence[QuotableTurn]
) -> Iterator[tuple[str, _Checked]]:
    """Read what a reply says of each criterion; one that it says nothing of, or twice, is unread."""
    pairs = read_pairs(reply) or ()
    for name, criterion in portion.items():
        about = [value for key, value in pairs if key == name]
        said = object_of(about[0], ("evidence", "verdict")) if len(about) == 1 else None
        quotable = turns
        if criterion.turn is not None and len(turns) > 1:
            among = turns_answering(criterion.turn, view.prompt, view.responses[0])
            quotable = [turn for turn in turns if turn.number in among]
        yield name, _UNREAD if said is None else _checked(criterion, said, quotable)


def _checked(
    criterion: Criterion, said: Mapping[str, Any], turns: Sequence[QuotableTurn]
) -> _Checked:
    verdict, quote = said["verdict"], said["evidence"]
    if not isinstance(quote, str):
        return _UNREAD
    if verdict == _NOT_APPLICABLE:
        return _Checked("not_applicable")
    evidence = find_quote(quote, turns)
    met, score = (
        _degree(criterion, verdict)
        if criterion.levels
        else ({"yes": 1.0, "no": 0.0}.get(verdict) if isinstance(verdict, str) else None, None)
    )
    is_invented = bool(quote.split()) and evidence is None
    if met is None or (met and is_invented):
        return _UNREAD
    return _Checked("yes" if met >= HALF_MET else "no", met, evidence, score)


def _degree(criterion: Criterion, said: Any) -> tuple[float | None, float | None]:
    """Read the score of a level as a degree from 0, the lowest level, to 1; None for what is no score."""
    scores = [level.score for level in criterion.levels]
    if isinstance(said, bool) or not isinstance(said, int | float) or said not in scores:
        return None, None
    low, high = min(scores), max(scores)
    return (said - low) / (high - low) if high > low else 1.0, float(said)


def _summary(checked: Mapping[str, _Checked], *, has_turns: bool) -> str:
    """Say in words what the verdicts alone do not: grades, and the turns that show the evidence."""
    counts = {answer: 0 for answer in ("yes", "no", "not_applicable", "invalid")}
    lines = []
    for name, one in checked.items():
        counts[one.verdict] += 1
        where = f"turn {one.evidence.turn}" if has_turns and one.evidence else ""
        grade = "" if one.score is None else f"{one.score:g}"
        if where or grade:
            lines.append(f"{name}: {', '.join(filter(None, [grade or one.verdict, where]))}")
    n = len(checked) - counts["not_applicable"] - counts["invalid"]
    about = [f"meets {counts['yes']} of {n}"]
    about += [f"{counts['not_applicable']} not applicable"] * bool(counts["not_applicable"])
    about += [f"{counts['invalid']} unread"] * bool(counts["invalid"])
    return "\n".join([", ".join(about), *lines])
