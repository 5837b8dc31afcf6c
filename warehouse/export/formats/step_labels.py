"""Responses as lists of steps with all that an annotator said of each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from winnow.warehouse.export.carries import Carries
from winnow.warehouse.export.chat import turn_feature, words_by_role
from winnow.warehouse.export.layout import FORMATS, Content, PreferenceText, Rows
from winnow.warehouse.export.steps import MASKED, LabelledSteps, StepChoice, rationales_of

if TYPE_CHECKING:
    from datasets import Features

_CARRIES = Carries()


@FORMATS.register("step_labels", version=1)
class StepLabelsLayout(StepChoice):
    """One row for each response and annotator: the turns of each step, a label each, and where the first error is.

    Labels are 1 for a correct step, 0 for a wrong one, and -100 for one that does not count or that nobody could tell.
    """

    @property
    def read_by(self) -> str:
        """Say what loads it."""
        return "What trains process reward models with a mask: prompt, steps, labels, values and the first error."

    def features(self, content: Content) -> "Features":
        """List the columns."""
        from datasets import Features, List, Value

        string, number = Value("string"), Value("int64")
        turns = List(turn_feature())
        return Features(
            {
                "prompt": turns,
                "steps": List(turns),
                "labels": List(number),
                "values": List(Value("float64")),
                "first_error": number,
                "annotator_id": string,
                "annotator_kind": string,
                "response_id": string,
                "rule": string,
                "rationales": List(string),
                "judgment_ids": List(string),
                "prompt_id": string,
            }
        )

    def rows(self, group: Sequence[PreferenceText], content: Content) -> Rows:
        """Yield one row for each response and annotator."""
        found = list(self.labelled(group, _CARRIES))
        rows = [
            _row(one) | {"prompt_id": group[0]["prompt_id"]} for one in found if one.why_not is None
        ]
        return Rows(rows, [one.why_not for one in found if one.why_not])


def _row(one: LabelledSteps) -> dict[str, Any]:
    return {
        "prompt": words_by_role(one.asked),
        "steps": [words_by_role(turns) for turns in one.steps],
        "labels": [MASKED if label is None else int(label) for label in one.labels],
        "values": list(one.values),
        "first_error": one.first_error,
        **rationales_of(one),
    }
