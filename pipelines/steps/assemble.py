"""The step that makes preferences of the labels that were kept."""

import math
from typing import Annotated, Any, ClassVar, Literal, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, Field, field_validator

from winnow.annotation.aggregation.votes import Bools
from winnow.pipelines.filters import Cases
from winnow.pipelines.filters.rejecting import looked_up
from winnow.pipelines.near.texts import asked_texts
from winnow.pipelines.preferences.evidence import defects, evidence_of
from winnow.pipelines.preferences.form import form_preferences, read_sides
from winnow.pipelines.preferences.furthest_apart import furthest_apart
from winnow.pipelines.preferences.splits import NOTHING, Placement, PublishedPrompts, place_asked
from winnow.pipelines.shortcuts.length_control import control_length
from winnow.pipelines.shortcuts.rebalance import BALANCED, rebalance
from winnow.pipelines.steps.keep import kept
from winnow.pipelines.steps.step import STEPS, Step, StepContext
from winnow.pipelines.tally import Tally
from winnow.schemas.base import Value
from winnow.schemas.errors import UnknownName
from winnow.schemas.preferences import Preference, Split
from winnow.schemas.runs import StageCount
from winnow.schemas.splits import DEFAULT_SHARES
from winnow.schemas.strengths import Strength
from winnow.warehouse.staging import Staging


def _listed(names: Any) -> Any:
    return [names] if isinstance(names, str) else names


class AssembleSettings(Value):
    """What becomes of kept labels."""

    pairs: Literal["every", "best_worst"] = "every"
    """Whether every kept label becomes a preference, or one a prompt: the strongest response against the weakest."""

    ties: Literal["keep", "reject"] = "keep"
    """Whether a label that is likeliest a tie becomes a preference marked as tied, or a reject."""

    splits: dict[Split, Annotated[float, Field(gt=0, le=1)]] = Field(
        default_factory=lambda: cast(dict[Split, float], dict(DEFAULT_SHARES))
    )
    """Share of the prompts by split, summing to 1; one that an earlier release holds keeps its split all the same."""

    same_split_from: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Similarity from which on two prompts share a split, so that no test prompt is half known from training."""

    rebalance: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """Shortcuts, such as "length", that shall no longer predict what is chosen; preferences are left out for it."""

    @field_validator("rebalance")
    @classmethod
    def _can_be_balanced(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in BALANCED:
                raise UnknownName.among("shortcut", name, BALANCED)
        return names

    @field_validator("splits")
    @classmethod
    def _whole(cls, splits: dict[Split, float]) -> dict[Split, float]:
        if not math.isclose(total := sum(splits.values()), 1.0):
            raise ValueError(f"the shares sum to {total:g}, wanted 1")
        return splits

    def publishes(self, cases: Cases) -> Bools:
        """Say which kept labels can become preferences at all; shape (n_cases,)."""
        return ~np.any(list(defects(cases, self.ties).values()), axis=0)


@STEPS.register("assemble")
class AssembleStep(Step):
    """Make preferences of the labels that were kept; a prompt keeps the split of earlier releases."""

    holds: ClassVar[str | None] = "settings"
    is_derived: ClassVar[bool] = True

    settings: AssembleSettings = AssembleSettings()
    """Which pairs, ties and splits."""

    def work(self, at: StepContext) -> list[StageCount]:
        """Make preferences."""
        count = assemble(
            at.staging,
            self.settings,
            at.run_id,
            release=at.release,
            published=at.published(),
        )
        return [count]

    def publishes(self, cases: Cases) -> Bools:
        """Say which kept labels can become preferences at all; shape (n_cases,)."""
        return self.settings.publishes(cases)


def assemble(
    staging: Staging,
    settings: AssembleSettings,
    run_id: str,
    *,
    release: str,
    published: PublishedPrompts = NOTHING,
) -> StageCount:
    """Make a preference of each kept label.

    Counts labels. Rejects `tied`, if the settings say so, `undecided` (a and b are equally likely, a tie less so),
    `no_evidence` (nobody of any weight has a readable verdict that held, and nobody calls a tie one),
    `not_best_worst`, if they want one preference a prompt, `between_splits` (its prompt is new and near to published
    ones of two splits), and `rebalanced` (left out so that a shortcut no longer predicts what is chosen).

    Args:
        staging: Holds the kept labels and all they rest on; gets preferences and rejects.
        settings: Which pairs, ties, splits, and what is rebalanced.
        run_id: The run.
        release: Name of the release.
        published: Prompts that earlier releases hold; they keep their split.
    """
    tally = Tally("assemble", "labels", run_id)
    cases = kept(staging)
    n_in = len(cases)
    left = np.ones(n_in, bool)
    for reason, fails in defects(cases, settings.ties).items():
        tally.reject_all("label", cases.comparison_id.filter(pa.array(left & fails)), reason)
        left &= ~fails
    cases = cases.only(left)
    if settings.pairs == "best_worst":
        strengths = staging.read(Strength, ("response_id", "strength"))
        wanted = furthest_apart(cases, read_sides(cases, staging), strengths)
        cases = _leave_out(cases, ~wanted, "not_best_worst", tally)
    placed = _place(cases, staging, settings, published)
    details = looked_up(cases.prompt_id, placed.left_out)
    cases = _leave_out(cases, np.asarray(pc.is_valid(details)), "between_splits", tally, details)
    place = pc.index_in(cases.prompt_id, value_set=placed.prompt_id)
    preferences = form_preferences(
        cases,
        read_sides(cases, staging),
        evidence_of(cases, staging),
        splits=placed.split.take(place),
        groups=placed.group.take(place),
        release=release,
    )
    preferences = control_length(preferences, staging)
    dropped = rebalance(preferences, settings.rebalance, staging)
    if dropped.num_rows:
        tally.reject_all("label", dropped["comparison_id"], "rebalanced", dropped["detail"])
        left_out = dropped["comparison_id"].combine_chunks()
        is_kept = pc.invert(pc.is_in(preferences["comparison_id"], left_out))
        preferences = preferences.filter(is_kept)
    staging.write(Preference, preferences)
    return tally.close(staging, n_in=n_in, n_out=preferences.num_rows)


def _leave_out(
    cases: Cases, fails: Bools, reason: str, tally: Tally, details: pa.Array | None = None
) -> Cases:
    ids = cases.comparison_id.filter(pa.array(fails))
    said = None if details is None else details.filter(pa.array(fails))
    tally.reject_all("label", ids, reason, said)
    return cases.only(~fails)


def _place(
    cases: Cases,
    staging: Staging,
    settings: AssembleSettings,
    published: PublishedPrompts,
) -> Placement:
    asked = asked_texts(staging, cases.prompt_id)
    return place_asked(asked, published, settings.splits, settings.same_split_from)
