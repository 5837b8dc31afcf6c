"""Pairs of next steps after one beginning, of which one is right and the other wrong."""

from collections.abc import Iterator, Sequence
from itertools import combinations, groupby
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from pydantic import model_validator

from winnow.warehouse.export.carries import Carries
from winnow.warehouse.export.chat import turn_feature, words_by_role
from winnow.warehouse.export.layout import FORMATS, Content, PreferenceText, Rows
from winnow.warehouse.export.steps import LabelledSteps, StepChoice

if TYPE_CHECKING:
    from datasets import Features

_CARRIES = Carries()


class _SteppedResponse(NamedTuple):
    """A response of one turn with what was said of its steps."""

    steps: tuple[str, ...]
    of: LabelledSteps

    @property
    def response_id(self) -> str:
        return self.of.judgments[0]["response_id"]

    @property
    def annotator_id(self) -> str:
        return self.of.judgments[0]["annotator_id"]


@FORMATS.register("step_pairs", version=1)
class StepPairsLayout(StepChoice):
    """One row for each two responses to a prompt that begin with the same steps to the byte, and then with a right and a wrong one.

    Source: Lai et al. 2024, "Step-DPO", arXiv:2406.18629.
    """

    @model_validator(mode="after")
    def _check_join(self) -> Self:
        if self.join != "single":
            raise ValueError(
                f"join is {self.join!r}, and a pair of steps is of steps as they were labelled, which joined ones are not; leave "
                "join out, or export step_labels or stepwise, which join steps"
            )
        return self

    @property
    def unit(self) -> str:
        """What one row is."""
        return "pairs of steps"

    @property
    def read_by(self) -> str:
        """Say what loads it."""
        return "What trains on pairs of steps, as Step-DPO does: prompt, the steps before, chosen and rejected next step."

    def features(self, content: Content) -> "Features":
        """List the columns."""
        from datasets import Features, List, Value

        string = Value("string")
        texts = ("prefix", "chosen", "rejected", "annotator_id", "chosen_id", "rejected_id")
        return Features(
            {
                "prompt": List(turn_feature()),
                **dict.fromkeys(texts, string),
                "n_before": Value("int64"),
                "chosen_value": Value("float64"),
                "rejected_value": Value("float64"),
            }
        )

    def rows(self, group: Sequence[PreferenceText], content: Content) -> Rows:
        """Yield one row for each pair; responses that rows cannot hold and pairs without a better step are left out."""
        rows: list[dict[str, Any]] = []
        left_out: list[str] = []
        said = []
        for one in self.labelled(group, _CARRIES):
            reason = one.why_not or (_has_several_turns(one) and "several_turns")
            if reason:
                left_out.append(reason)
            else:
                said.append(_SteppedResponse(tuple(turns[0].text() for turns in one.steps), one))
        said.sort(key=lambda one: (one.annotator_id, one.response_id))
        for _, alike in groupby(said, key=lambda one: one.annotator_id):
            seen: set[tuple[str, str, str]] = set()
            for a, b in combinations(alike, 2):
                made = _pair(a, b)
                if isinstance(made, str):
                    left_out.append(made)
                elif (told := (made["prefix"], made["chosen"], made["rejected"])) in seen:
                    left_out.append("repeated")
                else:
                    seen.add(told)
                    rows.append(made)
        return Rows(rows, left_out)


def _has_several_turns(one: LabelledSteps) -> bool:
    return any(len(turns) != 1 or turns[0].role != "assistant" for turns in one.steps)


def _pair(a: _SteppedResponse, b: _SteppedResponse) -> dict[str, Any] | str:
    """Make a row of two responses, or say why there is none."""
    n = sum(1 for _ in _common(a.steps, b.steps))
    if n in (len(a.steps), len(b.steps)):
        return "no_next_step"
    labels = a.of.labels[n], b.of.labels[n]
    if None in labels:
        return "unread_step"
    if labels[0] == labels[1]:
        return "same_label"
    chosen, rejected = (a, b) if labels[0] else (b, a)
    return {
        "prompt": words_by_role(a.of.asked),
        "prefix": "".join(a.steps[:n]),
        "chosen": chosen.steps[n],
        "rejected": rejected.steps[n],
        "annotator_id": a.annotator_id,
        "chosen_id": chosen.response_id,
        "rejected_id": rejected.response_id,
        "n_before": n,
        "chosen_value": chosen.of.values[n],
        "rejected_value": rejected.of.values[n],
    }


def _common(a: Sequence[str], b: Sequence[str]) -> Iterator[str]:
    """Give the steps that two responses begin with alike."""
    for one, other in zip(a, b, strict=False):
        if one != other:
            return
        yield one
