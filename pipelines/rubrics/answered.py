"""What people's words answer of criteria, as verdicts on responses."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from winnow.schemas.judgments import CriterionVerdict, Judgment
from winnow.schemas.rubrics import Criterion


def answered_by_words(
    criteria: Iterable[tuple[Criterion, Sequence[dict[str, Any]]]], annotator_id: str
) -> list[Judgment]:
    """Judge responses by what one person's words answer, a judgment for each response and reply that it was read from.

    It is a model's reading of those words, so the model is its annotator. It rates nothing and compares nothing, so that no label
    follows from it. What a person does not speak of is unknown, and no verdict.

    Args:
        criteria: Criteria of one rubric, each with the sources that its drafts name.
        annotator_id: Who read the words.
    """
    found: dict[tuple[str, str, str], dict[str, list[CriterionVerdict]]] = defaultdict(dict)
    for criterion, sources in criteria:
        for source in sources:
            if source["answer"] is None:
                continue
            verdict = CriterionVerdict(
                response_id=source["response_id"],
                criterion_id=criterion.criterion_id,
                verdict=source["answer"],
                evidence=source["quote"],
            )
            where = criterion.rubric_id, source["response_id"], source["request_id"]
            found[where].setdefault(criterion.criterion_id, []).append(verdict)
    judged = []
    for (rubric_id, response_id, request_id), said in found.items():
        # Words that are read as both say neither.
        verdicts = [same[0] for same in said.values() if len({one.verdict for one in same}) == 1]
        if verdicts:
            judged.append(
                Judgment(
                    subject_kind="response",
                    subject_id=response_id,
                    annotator_id=annotator_id,
                    kind="llm",
                    criteria=tuple(verdicts),
                    rubric_id=rubric_id,
                    request_id=request_id,
                )
            )
    return judged
