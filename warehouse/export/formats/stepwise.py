"""Responses as lists of steps with a label each, as trainers of process reward models load them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from winnow.warehouse.export.carries import Carries
from winnow.warehouse.export.layout import FORMATS, Content, PreferenceText, Rows
from winnow.warehouse.export.steps import LabelledSteps, StepChoice

if TYPE_CHECKING:
    from datasets import Features

_CARRIES = Carries(roles=False)


@FORMATS.register("stepwise", version=1)
class StepwiseLayout(StepChoice):
    """One row for each response and annotator: prompt, completions and labels, true for a correct step.

    Steps that do not count are left out at the end, since this form has no mask; a response with such a step ahead of others is
    left out as `unread_step`. Steps are without the blanks round them, as trainers put a separator of their own between them.
    """

    separator: str = "\n\n"
    """What ends a prompt, since trainers join prompt and steps as they are."""

    @property
    def read_by(self) -> str:
        """Say what loads it."""
        return (
            "TRL's PRMTrainer, up to the versions that have one, and axolotl's stepwise_supervised: prompt, completions and "
            "labels."
        )

    def features(self, content: Content) -> "Features":
        """List the columns."""
        from datasets import Features, List, Value

        string = Value("string")
        return Features(
            {
                "prompt": string,
                "completions": List(string),
                "labels": List(Value("bool")),
                "annotator_id": string,
                "response_id": string,
            }
        )

    def rows(self, group: Sequence[PreferenceText], content: Content) -> Rows:
        """Yield one row for each response and annotator."""
        found = [(one, _why_not(one)) for one in self.labelled(group, _CARRIES)]
        rows = [self._row(one) for one, reason in found if reason is None]
        return Rows(rows, [reason for _, reason in found if reason])

    def _row(self, one: LabelledSteps) -> dict[str, Any]:
        labels = one.labels[: _n_counted(one)]
        first = one.judgments[0]
        texts = ["".join(turn.text() for turn in turns).strip() for turns in one.steps]
        return {
            "prompt": one.asked[0].text() + self.separator,
            "completions": texts[: len(labels)],
            "labels": list(labels),
            "annotator_id": first["annotator_id"],
            "response_id": first["response_id"],
        }


def _n_counted(one: LabelledSteps) -> int:
    """Count the steps up to the last that counts."""
    return max((i for i, label in enumerate(one.labels, 1) if label is not None), default=0)


def _why_not(one: LabelledSteps) -> str | None:
    if one.why_not:
        return one.why_not
    n = _n_counted(one)
    return "unread_step" if not n or None in one.labels[:n] else None
