"""Labels of steps as rows: what an annotator said of each step of a response, and what counts of it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from winnow.schemas.prompts import Message
from winnow.schemas.step_spans import STEP, VALUE, StepSpan, turns_of
from winnow.warehouse.export.carries import Carries, why_left_out
from winnow.warehouse.export.chat import side_alone, told
from winnow.warehouse.export.layout import SIDES, Layout, PreferenceText, StepText

MASKED = -100
"""Label that a loss passes over."""

AfterError = Literal["masked", "wrong", "own"]
Join = Literal["single", "runs", "pairs"]


class StepChoice(Layout):
    """Options of every format of step labels."""

    annotator: str | None = None
    """Write what this annotator said: its id, such as "steps@1:large", or its name before the "@"; left out, a row for each
    annotator of each response."""

    after_error: AfterError = "masked"
    """What steps after the first wrong one count as: "masked", nothing, since nobody knows what a right step after a wrong one
    is; "wrong"; or as "own", what was said of each."""

    neutral: Literal["correct", "wrong"] = "correct"
    """What a step counts as that is neither correct nor wrong."""

    join: Join = "single"
    """What stands as one step: each by itself; "runs", neighbours with the same label as one thought; or "pairs", each two
    neighbours, in two rows of which one begins with the first step and the other with the second. A pair has the label of its
    second step, so that a wrong step that is put right at once is no error."""

    min_value: Annotated[float, Field(ge=0, le=1)] | None = None
    """Take for correct the steps whose value by rollouts is at least this, instead of the annotator's own label."""

    @property
    def unit(self) -> str:
        """What one row is."""
        return "responses"

    @property
    def steps(self) -> bool:
        """It is made of judgments of steps."""
        return True

    def labelled(
        self, group: Sequence[PreferenceText], carries: Carries
    ) -> Iterator["LabelledSteps"]:
        """Give the responses of a prompt with what each annotator said of their steps.

        Args:
            group: The preferences of the prompt, with the judgments of steps.
            carries: What the format has a place for.
        """
        said = _by_response(group[0].get("step_judgments") or (), self.annotator)
        for preference in group:
            parts = told(preference)
            for side in SIDES:
                response_id = preference["chosen_id" if side == "chosen" else "rejected_id"]
                alone = side_alone(parts, is_chosen=side == "chosen")
                for judgments in said.pop(response_id, {}).values():
                    why_not = why_left_out(alone, carries)
                    yield from self._labelled(alone.asked, alone.responses(), judgments, why_not)

    def _labelled(
        self,
        asked: tuple[Message, ...],
        turns: tuple[Message, ...],
        judgments: Sequence[StepText],
        why_not: str | None,
    ) -> Iterator["LabelledSteps"]:
        spans = [StepSpan.model_validate(one["step"]) for one in judgments]
        ratings = [{r["attribute"]: r["score"] for r in one["ratings"]} for one in judgments]
        values = [one.get(VALUE) for one in ratings]
        if not _is_whole(spans):
            why_not = why_not or "missing_steps"
        elif self.min_value is not None and None in values:
            why_not = why_not or "no_value"
        if why_not:
            yield LabelledSteps(asked, (), (), (), tuple(judgments), why_not)
            return
        labels = [self._label(one) for one in ratings]
        steps = [turns_of(turns, span) for span in spans]
        for groups in joined(labels, self.join):
            yield LabelledSteps(
                asked,
                tuple(tuple(turn for i in group for turn in steps[i]) for group in groups),
                tuple(with_convention([labels[group[-1]] for group in groups], self.after_error)),
                tuple(values[group[-1]] for group in groups),
                tuple(judgments),
                None,
            )

    def _label(self, ratings: Mapping[str, float]) -> bool | None:
        """Say whether a step counts as correct; None where nobody could tell."""
        if self.min_value is not None:
            return ratings[VALUE] >= self.min_value
        score = ratings.get(STEP)
        return None if score is None else score > 0 or (score == 0 and self.neutral == "correct")


class LabelledSteps(NamedTuple):
    """A response cut into steps, with the labels of one annotator."""

    asked: tuple[Message, ...]
    """The turns of the prompt."""

    steps: tuple[tuple[Message, ...], ...]
    """The turns, or parts of turns, of each step, or of what stands as one."""

    labels: tuple[bool | None, ...]
    """Whether each is correct; None where it does not count, or nobody could tell."""

    values: tuple[float | None, ...]
    """The share of rollouts from the end of each that succeeded; None where there were none."""

    judgments: tuple[StepText, ...]
    """What was said of each step of the response."""

    why_not: str | None
    """Why rows cannot hold it; None where they can."""

    @property
    def first_error(self) -> int | None:
        """The first step that is not correct, from 0; None where there is none."""
        return first_error_of(self.labels)


def first_error_of(labels: Sequence[bool | None]) -> int | None:
    """Return the first step that is not correct, from 0; None where there is none."""
    return next((i for i, label in enumerate(labels) if label is False), None)


def with_convention(labels: Sequence[bool | None], after_error: AfterError) -> list[bool | None]:
    """Have the steps after the first wrong one count for nothing, as wrong, or as what was said of each.

    Source: Lightman et al. 2023, "Let's Verify Step by Step", arXiv:2305.20050 (labels end with the first error).
    """
    first = first_error_of(labels)
    if first is None or after_error == "own":
        return list(labels)
    label = None if after_error == "masked" else False
    return [*labels[: first + 1], *[label] * (len(labels) - first - 1)]


def joined(labels: Sequence[bool | None], join: Join) -> list[list[range]]:
    """Say which steps stand as one, for each row that a response gives.

    Source: Wang et al. 2025, "Towards Hierarchical Multi-Step Reward Models", arXiv:2503.13551 (pairs); "Good
    Learners Think Their Thinking", arXiv:2507.23317 (neighbours of one label as one thought).
    """
    n = len(labels)
    if join == "single":
        return [[range(i, i + 1) for i in range(n)]]
    if join == "runs":
        begins = [i for i in range(n) if not i or labels[i] is not labels[i - 1]]
        return [[range(a, b) for a, b in pairwise([*begins, n])]]
    even = [range(i, min(i + 2, n)) for i in range(0, n, 2)]
    odd = [range(1), *(range(i, min(i + 2, n)) for i in range(1, n, 2))]
    return [even, odd] if n > 2 else [even]


def _by_response(
    judgments: Sequence[StepText], annotator: str | None
) -> dict[str, dict[str, list[StepText]]]:
    """Put judgments of steps together by response and annotator, in the order of the steps."""
    found: dict[str, dict[str, list[StepText]]] = defaultdict(lambda: defaultdict(list))
    for one in judgments:
        if annotator in (None, one["annotator_id"], one["annotator_id"].partition("@")[0]):
            found[one["response_id"]][one["annotator_id"]].append(one)
    return found


def _is_whole(spans: Sequence[StepSpan]) -> bool:
    """Whether steps follow each other from the first to the last."""
    follow = all(a.ends == b.begins for a, b in pairwise(spans))
    return follow and spans[0].index == 0 and spans[-1].ends is None


def rationales_of(one: LabelledSteps) -> dict[str, Any]:
    """List who said what of the steps of a response, as columns."""
    first = one.judgments[0]
    return {
        "annotator_id": first["annotator_id"],
        "annotator_kind": first["kind"],
        "response_id": first["response_id"],
        "rule": first["step"]["rule"],
        "rationales": [said["rationale"] for said in one.judgments],
        "judgment_ids": [said["judgment_id"] for said in one.judgments],
    }
