"""What judges and people said of each response by criterion, a row a verdict."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from winnow.warehouse.export.chat import turn_feature, words_by_role
from winnow.warehouse.export.layout import (
    FORMATS,
    Content,
    Layout,
    PreferenceText,
    Rows,
    VerdictText,
)
from winnow.warehouse.export.verdicts import JudgedResponse, judged_responses

if TYPE_CHECKING:
    from datasets import Features

_TEXTS = (
    "criterion", "criterion_kind", "verdict", "evidence", "annotator_id", "annotator_kind", "judgment_id", "response_id",
    "criterion_id", "rubric_id", "prompt_id",
)  # fmt: skip


@FORMATS.register("criterion_verdicts", version=1)
class CriterionVerdictsLayout(Layout):
    """One row for each verdict of each annotator on a criterion, with the prompt, the response and the evidence.

    Verdicts are "yes", "no", "not_applicable" and "invalid", the last where a reply could not be read. They are those on the
    responses of the release's preferences; of what an annotator changed, the last word counts.
    """

    @property
    def unit(self) -> str:
        """What one row is."""
        return "verdicts"

    @property
    def verdicts(self) -> bool:
        """It is made of verdicts on criteria."""
        return True

    @property
    def read_by(self) -> str:
        """Say what loads it."""
        return "What trains judges and verifiers of criteria: prompt, response, criterion and verdict, with the evidence."

    def features(self, content: Content) -> "Features":
        """List the columns."""
        from datasets import Features, List, Value

        turns = List(turn_feature())
        return Features({"prompt": turns, "response": turns} | {n: Value("string") for n in _TEXTS})

    def rows(self, group: Sequence[PreferenceText], content: Content) -> Rows:
        """Yield one row a verdict."""
        rows, left_out = [], []
        for one in judged_responses(group):
            if one.why_not:
                left_out += [one.why_not] * len(one.verdicts)
            else:
                rows += [_row(one, verdict, group[0]["prompt_id"]) for verdict in one.verdicts]
        return Rows(rows, left_out)


def _row(one: JudgedResponse, verdict: VerdictText, prompt_id: str) -> dict[str, Any]:
    said: dict[str, Any] = dict(verdict)
    texts = said | {"annotator_kind": said["kind"], "prompt_id": prompt_id}
    turns: dict[str, Any] = {
        "prompt": words_by_role(one.asked),
        "response": words_by_role(one.said),
    }
    return turns | {name: texts[name] for name in _TEXTS}
