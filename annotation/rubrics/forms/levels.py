"""Prompts with one criterion whose scores are described: 1-to-5 rubrics of direct assessment."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, ValidationError, field_validator

from winnow.annotation.rubrics.forms.form import (
    IMPORTED,
    RUBRIC_FORMS,
    FileForm,
    WrittenRubric,
)
from winnow.schemas.base import Value
from winnow.schemas.ids import canonical_json
from winnow.schemas.new_rubrics import DraftCriterion, new_rubric
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.rubrics import ScoreLevel

_SCORE = re.compile(r"score([1-9][0-9]*)_description")
_TURN = {"role", "content"}
_CARRIED = {"text", "levels", "criterion_id", "rubric_id", "place", "source", "kind"}
_OF_PROMPT = {"prompt_id", "messages", "reference", "domain", "source", "metadata"}


class LevelsEntry(Value):
    """A prompt, and a rubric as JSON text."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")

    item_id: Annotated[str, Field(min_length=1)] | None = None
    """What the row is called."""

    capability: str | None = None
    """What the prompt is about."""

    system_prompt: str = ""
    """What the model is told before; empty where it is told nothing."""

    prompt: Annotated[str, Field(pattern=r"\S")]
    """The prompt."""

    reference_answer: str | None = None
    """An answer known to be good."""

    rubric: str
    """JSON text of the rubric."""

    @field_validator("rubric")
    @classmethod
    def _check(cls, text: str) -> str:
        _read(text)
        return text


@RUBRIC_FORMS.register("levels")
class LevelsForm(FileForm[LevelsEntry]):
    """Rows of a prompt and `rubric`, JSON text of `criteria` and `score1_description` up to the highest score.

    Further columns are kept with the prompt and written again.

    Source: Kim et al. 2024, "The BiGGen Bench", arXiv:2406.05761.
    """

    entry = LevelsEntry

    def fits(self, row: Mapping[str, Any]) -> bool:
        """Tell whether its rubric describes scores."""
        rubric = row.get("rubric")
        return "prompt" in row and isinstance(rubric, str) and bool(_SCORE.search(rubric))

    def read(self, entry: LevelsEntry, place: str) -> WrittenRubric:
        """Return the rubric, of one criterion."""
        system = (
            (Message(role="system", content=entry.system_prompt),) if entry.system_prompt else ()
        )
        further = entry.model_extra or {}
        prompt = Prompt(
            messages=(*system, Message(role="user", content=entry.prompt)),
            reference=entry.reference_answer,
            domain=entry.capability,
            source=place,
            metadata=canonical_json(further) if further else None,
        )
        text, levels = _read(entry.rubric)
        made = new_rubric(
            [DraftCriterion(kind="principle", text=text, levels=levels)],
            source=IMPORTED,
            name=entry.item_id or place,
            prompt_id=prompt.prompt_id,
        )
        return WrittenRubric(made.rubric, made.criteria, prompt)

    def lacks(self, written: WrittenRubric) -> str | None:
        """Say what it has no place for: more than one criterion, or what is not text and scores."""
        _, criteria, prompt = written
        if prompt is None or [m.role for m in prompt.messages[-1:]] != ["user"]:
            return "it is for no single prompt"
        if [m.role for m in prompt.messages[:-1]] not in ([], ["system"]):
            return "its prompt has several turns"
        if any(set(m.model_dump(exclude_defaults=True)) != _TURN for m in prompt.messages):
            return "its prompt is more than text"
        if len(criteria) != 1:
            return f"it has {len(criteria)} criteria"
        scores = [level.score for level in criteria[0].levels]
        if not scores or scores != list(range(1, len(scores) + 1)):
            return "its criterion has no levels that count from 1"
        further = set(criteria[0].model_dump(exclude_defaults=True)) - _CARRIED
        further |= set(prompt.model_dump(exclude_defaults=True)) - _OF_PROMPT
        return f"it has {', '.join(sorted(further))}" if further else None

    def write(self, written: WrittenRubric) -> dict[str, Any]:
        """Return the row of a rubric that it carries."""
        rubric, (criterion,), prompt = written
        assert prompt is not None
        told = {f"score{level.score:g}_description": level.text for level in criterion.levels}
        return {
            "item_id": rubric.name,
            "capability": prompt.domain,
            **prompt.brought(),
            "system_prompt": "".join(m.text() for m in prompt.messages[:-1]),
            "prompt": prompt.messages[-1].text(),
            "reference_answer": prompt.reference,
            "rubric": json.dumps({"criteria": criterion.text, **told}, ensure_ascii=False),
        }


def _read(text: str) -> tuple[str, tuple[ScoreLevel, ...]]:
    """Return the criterion and its levels, lowest score first."""
    try:
        said = json.loads(text)
    except ValueError as error:
        raise ValueError(f"it is no JSON ({error}); write it as JSON text") from None
    if not isinstance(said, dict) or not isinstance(said.get("criteria"), str):
        raise ValueError("it has no text 'criteria'; add it")
    criteria = said.pop("criteria")
    if odd := [key for key in said if not _SCORE.fullmatch(key)]:
        raise ValueError(f"it has a key {odd[0]!r}, wanted criteria and score1_description onwards")
    try:
        levels = [
            ScoreLevel(score=float(key[len("score") : -len("_description")]), text=value)
            for key, value in said.items()
        ]
    except ValidationError:
        raise ValueError("a description of a score is no text; write it as text") from None
    scores = sorted(level.score for level in levels)
    if not criteria.strip() or scores != list(range(1, len(scores) + 1)):
        raise ValueError(
            f"it describes the scores {', '.join(f'{s:g}' for s in scores) or 'none'}, wanted criteria and every score from 1"
        )
    return criteria, tuple(sorted(levels, key=lambda level: level.score))
