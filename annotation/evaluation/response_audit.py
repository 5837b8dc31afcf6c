"""How often what is said of single responses is right, by people's labels of them."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, get_args

import numpy as np

from winnow.annotation.evaluation.estimates import Estimate, share_of
from winnow.annotation.judge import Reading
from winnow.annotation.judges.correctness import CORRECTNESS, NO_ANSWER, NO_ANSWER_COUNTED
from winnow.annotation.verifier import Finding

ResponseOutcome = Literal["correct", "incorrect", "no_answer", "no_result"]
"""What is said of a response; "no_result" says nothing of it."""

OUTCOMES: tuple[ResponseOutcome, ...] = get_args(ResponseOutcome)
ALL_KINDS = "all"
"""Name of the line of all kinds together."""


class AuditedResponse(NamedTuple):
    """A response with what was said of it, and what people know."""

    prompt_id: str
    """Its prompt; what is said of responses to one prompt errs together."""

    kind: str
    """What sort of answer it is, such as "fraction"."""

    said: ResponseOutcome
    """What was said."""

    is_correct: bool
    """Whether people found it correct."""


class ResponseAudit(NamedTuple):
    """What the words of one annotator on responses of one kind are worth."""

    counts: Mapping[tuple[bool, ResponseOutcome], int]
    """How many responses that people found correct (or not) were said to be what."""

    precision: Estimate | None
    """Of those that were said to be correct, the share that is; None where none was."""

    recall: Estimate | None
    """Of those that are correct, the share that was said to be; None where none is."""

    accuracy: Estimate | None
    """Share that was told right, no answer counting as incorrect; no result counts as neither and is left out."""


def audit_responses(said: Iterable[AuditedResponse]) -> dict[str, ResponseAudit]:
    """Count what was said of labelled responses, by kind of answer.

    The precision of "correct" stands by itself: labels rest on what was called correct, and a high accuracy can hide that it is
    often wrong where most responses are not.

    Returns:
        By kind, in the order of their names, and first that of all together.
    """
    listed = list(said)
    kinds = sorted({one.kind for one in listed})
    return {
        ALL_KINDS: _audit(listed),
        **{kind: _audit([one for one in listed if one.kind == kind]) for kind in kinds},
    }


def outcome_of_finding(found: Finding) -> ResponseOutcome:
    """Say what a verifier that scores 1 or 0 said of a response."""
    if found.status == "error" or found.score is None:
        return "no_result"
    if found.status == "no_answer":
        return "no_answer"
    return "correct" if found.score >= 1 else "incorrect"


def outcome_of_reading(reading: Reading) -> ResponseOutcome:
    """Say what the judge `correctness` said of a response."""
    scores = {rating.attribute: rating.score for rating in reading.ratings}
    if NO_ANSWER in scores or NO_ANSWER_COUNTED in scores:
        return "no_answer"
    if reading.verdict == "invalid" or CORRECTNESS not in scores:
        return "no_result"
    return "correct" if scores[CORRECTNESS] >= 1 else "incorrect"


def _audit(listed: list[AuditedResponse]) -> ResponseAudit:
    counts = {(is_correct, one): 0 for is_correct in (True, False) for one in OUTCOMES}
    for case in listed:
        counts[case.is_correct, case.said] += 1
    return ResponseAudit(
        counts=counts,
        precision=_share((one, one.is_correct) for one in listed if one.said == "correct"),
        recall=_share((one, one.said == "correct") for one in listed if one.is_correct),
        accuracy=_share(
            (one, (one.said == "correct") == one.is_correct)
            for one in listed
            if one.said != "no_result"
        ),
    )


def _share(cases: Iterable[tuple[AuditedResponse, bool]]) -> Estimate | None:
    listed = list(cases)
    prompts = {prompt: i for i, prompt in enumerate(dict.fromkeys(c.prompt_id for c, _ in listed))}
    values = np.array([float(holds) for _, holds in listed])
    clusters = np.array([prompts[case.prompt_id] for case, _ in listed], np.int64)
    return share_of(values, clusters)
