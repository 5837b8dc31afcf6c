"""What a judge of two responses says of each criterion of a rubric."""

from collections.abc import Mapping, Sequence
from typing import Any

from winnow.annotation.criteria.totals import total_of
from winnow.annotation.judge import SubjectView
from winnow.schemas.judgments import CriterionAnswer, CriterionVerdict, Verdict
from winnow.schemas.rubrics import Criterion

MEETS = ("first", "second", "both", "neither", "not_applicable")
"""The responses that meet a criterion, by their places on the page."""

_ANSWERS: dict[str, tuple[CriterionAnswer, CriterionAnswer]] = {
    "first": ("yes", "no"),
    "second": ("no", "yes"),
    "both": ("yes", "yes"),
    "neither": ("no", "no"),
    "not_applicable": ("not_applicable", "not_applicable"),
}
_MET: dict[CriterionAnswer, float | None] = {"yes": 1.0, "no": 0.0, "not_applicable": None}


def read_criteria(
    view: SubjectView, named: Mapping[str, Criterion], said: Any
) -> tuple[CriterionVerdict, ...]:
    """Read which responses meet each criterion, a's first; what is missing, said twice or no place on the page is invalid.

    Args:
        view: The two responses.
        named: The criteria by their names on the page.
        said: Keys and values as `winnow.annotation.judges.replies.read_pairs` gives them.
    """
    pairs = said if isinstance(said, list) and all(isinstance(one, tuple) for one in said) else []
    found = []
    for name, criterion in named.items():
        values = [value for key, value in pairs if key == name]
        place = values[0] if len(values) == 1 else None
        invalid: tuple[CriterionAnswer, CriterionAnswer] = ("invalid", "invalid")
        answers = _ANSWERS.get(place, invalid) if isinstance(place, str) else invalid
        for side, response in enumerate(view.responses):
            found.append(
                CriterionVerdict(
                    response_id=response.response_id,
                    criterion_id=criterion.criterion_id,
                    verdict=answers[view.places.index(side)],
                )
            )
    return tuple(found)


def verdict_of_criteria(
    view: SubjectView, criteria: Sequence[Criterion], said: Sequence[CriterionVerdict]
) -> Verdict | None:
    """Say which response the verdicts on the criteria are for, by weight; None where they do not tell."""
    totals = [
        total_of(
            criteria,
            {
                one.criterion_id: _MET[one.verdict]
                for one in said
                if one.response_id == response.response_id and one.verdict in _MET
            },
        )
        for response in view.responses
    ]
    a, b = totals
    if a is None or b is None:
        return None
    return "tie" if a == b else "a" if a > b else "b"
