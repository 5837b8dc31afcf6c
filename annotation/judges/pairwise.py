"""The judge that says which of two responses is better."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from winnow.annotation.criteria.asking import in_portions, lay_out_criteria
from winnow.annotation.embeddings import TFIDF
from winnow.annotation.judge import JUDGES, Question, Reading, Reply, Shows, SubjectView, name_of
from winnow.annotation.judges.by_criteria import MEETS, read_criteria, verdict_of_criteria
from winnow.annotation.judges.closed import ClosedJudge, shares
from winnow.annotation.judges.layout import DEFAULT_GUIDELINES, lay_out, lay_out_exemplars
from winnow.annotation.judges.replies import places_of, read_object, readable, schema_of
from winnow.annotation.templates import load_prompt
from winnow.schemas.judgments import CriterionVerdict, Verdict
from winnow.schemas.prompts import Message
from winnow.schemas.rubrics import Criterion

_PLACES = ("first", "second", "tie")
_PER_CRITERION = 16
"""Tokens of a criterion's name and what is said of it."""


@cache
def _system(guidelines: str, max_chars: int, has_exemplars: bool, has_rubric: bool) -> Message:
    """Write what the model is to do."""
    text = load_prompt("pairwise").substitute(guidelines=guidelines, max_chars=max_chars)
    if has_rubric:
        asked, _, _ = text.rstrip().rpartition("\n\n")
        by_rubric = load_prompt("pairwise_rubric").substitute(max_chars=max_chars)
        text = f"{asked}\n\n{by_rubric.rstrip()}"
    if has_exemplars:
        text = f"{text.rstrip()}\n\n{load_prompt('exemplars').substitute()}"
    return Message(role="system", content=text)


@cache
def _schema(max_chars: int, criteria: tuple[str, ...] = ()) -> str:
    critique = {"type": "string", "maxLength": max_chars}
    said: dict[str, Any] = {"critique": critique, "verdict": {"enum": list(_PLACES)}}
    if criteria:
        meets = {"enum": list(MEETS)}
        said = {"criteria": json.loads(schema_of(dict.fromkeys(criteria, meets))), **said}
    return schema_of(said)


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

    exemplars_by: Annotated[str, Field(min_length=1)] = TFIDF
    """What makes comparisons alike: "tfidf", the words they share; or learned embeddings, which know other words for the same:
    "minilm", or a folder or the hub id of a model that was downloaded."""

    exemplar_ids: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """comparison_ids of gold, shown before each question of another prompt in this order, instead of the most similar ones."""

    principles: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """What alone decides, in place of `guidelines`, the weightiest first. With other principles it is another annotator."""

    rubric: bool = False
    """true judges by the prompt's rubric: which responses meet each criterion, then which is better. A comparison whose prompt
    has none is not asked about."""

    unproven: bool = False
    """true judges by derived rubrics as well that nobody has proven yet."""

    reference: bool = False
    """true asks only about prompts with a reference, which the judge sees in any case; a prompt without one is a reject."""

    @model_validator(mode="after")
    def _check_principles(self) -> Self:
        if self.principles and "guidelines" in self.model_fields_set:
            raise ValueError(
                "principles and guidelines both say what a better response does; leave one of them out"
            )
        if self.unproven and not self.rubric:
            raise ValueError(
                "unproven is about rubrics; give rubric: true as well, or leave it out"
            )
        return self

    @model_validator(mode="after")
    def _check_exemplars(self) -> Self:
        if self.exemplar_ids and (self.exemplars or self.exemplars_by != TFIDF):
            raise ValueError(
                "exemplar_ids says which exemplars are shown, exemplars and exemplars_by have them looked for; "
                "leave one or the other out"
            )
        if self.exemplars_by != TFIDF and not self.exemplars:
            raise ValueError(
                f"exemplars_by is {self.exemplars_by!r}, but exemplars is 0, so that none is shown; "
                "give exemplars a number, or leave exemplars_by out"
            )
        return self

    @property
    def by_rubric(self) -> bool:
        """As the settings say."""
        return self.rubric

    @property
    def by_reference(self) -> bool:
        """As the settings say."""
        return self.reference

    @property
    def takes_unproven(self) -> bool:
        """As the settings say."""
        return self.unproven

    @property
    def shows(self) -> Shows | None:
        """Exemplars, where the settings want any."""
        n = len(self.exemplar_ids) or self.exemplars
        if not n:
            return None
        return Shows(n, self.max_exemplar_chars, self.exemplars_by, self.exemplar_ids)

    @property
    def asks_once(self) -> bool:
        """It does."""
        return True

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Write the one question; both orders share all but the responses."""
        if replies:
            return ()
        named = self._named(view)
        criteria = tuple(named.values())
        page = lay_out(view, criteria=lay_out_criteria(named, criteria) if named else "")
        if view.exemplars:
            page = f"{lay_out_exemplars(view.exemplars)}\n\n{page}"
        question = Question(
            messages=(
                _system(
                    self._guidelines, self.max_critique_chars, bool(view.exemplars), bool(named)
                ),
                Message(role="user", content=page),
            ),
            json_schema=_schema(self.max_critique_chars, tuple(named)),
            max_tokens=2 * self.max_critique_chars + 64 + _PER_CRITERION * len(named),
            logprobs=self.logprobs,
        )
        return (question,)

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        """Read the verdict; a reply that is not exactly the object asked for is invalid."""
        (reply,) = replies
        named = self._named(view)
        keys = ("criteria", "critique", "verdict") if named else ("critique", "verdict")
        said = read_object(reply.text, keys)
        if said is None or said["verdict"] not in _PLACES or not isinstance(said["critique"], str):
            return (Reading(verdict="invalid", rationale=reply.text),)
        verdict = name_of(said["verdict"], view.order)
        found = read_criteria(view, named, said["criteria"]) if named else ()
        warning = _contradicted(verdict, view, tuple(named.values()), found) if named else ""
        return (
            Reading(
                verdict=verdict,
                rationale=f"{warning}{readable(said['critique'])}",
                criteria=found,
                probability=self._probability(view, reply),
            ),
        )

    def _named(self, view: SubjectView) -> Mapping[str, Criterion]:
        """Return the criteria that it judges by under their names on the page; none without a rubric."""
        if not self.rubric or view.rubric is None or not view.rubric.criteria:
            return {}
        (named,) = in_portions(view.rubric.criteria, len(view.rubric.criteria))
        return named

    @property
    def _guidelines(self) -> str:
        if not self.principles:
            return self.guidelines
        listed = "\n".join(f"- {principle}" for principle in self.principles)
        return f"By these principles and nothing else, the first weighing most, also where you would decide otherwise:\n{listed}"

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


def _contradicted(
    verdict: Verdict,
    view: SubjectView,
    criteria: Sequence[Criterion],
    said: Sequence[CriterionVerdict],
) -> str:
    """Say where the criteria, added up, are for the other response; nothing where they are not."""
    by_criteria = verdict_of_criteria(view, criteria, said)
    if {verdict, by_criteria} != {"a", "b"}:
        return ""
    return f"inconsistent: by its criteria {by_criteria} is better\n"
