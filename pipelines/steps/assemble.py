"""The stage that makes preferences of the labels that were kept."""

import math
from itertools import chain
from typing import Annotated, Any, ClassVar, Literal, cast

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, Field, field_validator

from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.filters import Case, Stand
from winnow.pipelines.preferences.furthest_apart import furthest_apart
from winnow.pipelines.preferences.splits import NOTHING, Placement, PublishedPrompts, place_prompts
from winnow.pipelines.shortcuts.length_control import control_length
from winnow.pipelines.shortcuts.rebalance import BALANCED, rebalance
from winnow.pipelines.steps.keep import kept
from winnow.pipelines.steps.step import STEPS, Step, StepContext
from winnow.pipelines.tally import Tally
from winnow.schemas.base import Value
from winnow.schemas.comparisons import Comparison
from winnow.schemas.errors import UnknownName
from winnow.schemas.ids import content_id
from winnow.schemas.labels import MUTE_BELOW
from winnow.schemas.preferences import Preference, Split
from winnow.schemas.prompts import Prompt
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

    def publishes(self, case: Case) -> bool:
        """Say whether a kept label can become a preference at all."""
        return why_rejected(case, self.ties) is None


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
            beam=at.beam,
            published=at.published(),
        )
        return [count]

    def publishes(self, case: Case) -> bool:
        """Say whether a kept label can become a preference at all."""
        return self.settings.publishes(case)


def assemble(
    staging: Staging,
    settings: AssembleSettings,
    run_id: str,
    *,
    release: str,
    beam: BeamSettings,
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
        beam: Where near-duplicate prompts are looked for.
        published: Prompts that earlier releases hold; they keep their split.
    """
    tally = Tally("assemble", "labels", run_id)
    cases = kept(staging)
    sides = _sides(staging)
    reasons = {case.comparison_id: why_rejected(case, settings.ties) for case in cases}
    if settings.pairs == "best_worst":
        reasons |= _not_best_worst([c for c in cases if not reasons[c.comparison_id]], staging)
    held = {case.prompt_id for case in cases if not reasons[case.comparison_id]}
    placed = _place(held, staging, settings, beam, published)
    preferences: list[Preference] = []
    for case in cases:
        if reason := reasons[case.comparison_id]:
            tally.reject("label", case.comparison_id, reason)
        elif detail := placed.left_out.get(case.prompt_id):
            tally.reject("label", case.comparison_id, "between_splits", detail)
        else:
            ids, split = sides[case.comparison_id], placed.splits[case.prompt_id]
            group = placed.groups[case.prompt_id]
            preferences.append(to_preference(case, ids, split, release, group))
    preferences.sort(key=lambda p: p.preference_id)
    preferences = control_length(preferences, staging)
    for preference, detail in rebalance(preferences, settings.rebalance, staging):
        tally.reject("label", preference.comparison_id, "rebalanced", detail)
    left_out = {reject.record_id for reject in tally.rejects}
    preferences = [p for p in preferences if p.comparison_id not in left_out]
    staging.write(Preference, preferences)
    return tally.close(staging, n_in=len(cases), n_out=len(preferences))


def why_rejected(case: Case, ties: str) -> str | None:
    """Say why a kept label makes no preference: "no_evidence", "undecided", "tied", or None."""
    if not evidence_of(case):
        return "no_evidence"
    if case.verdict is None:
        return "undecided"
    return "tied" if case.verdict == "tie" and ties == "reject" else None


def to_preference(
    case: Case,
    response_ids: tuple[str, str],
    split: Split,
    release: str,
    near_group: str = "",
) -> Preference:
    """Turn a kept label into the preference record; of a tie, a is written as chosen."""
    tied = case.verdict == "tie"
    a, b = response_ids
    chosen, rejected = (b, a) if case.verdict == "b" else (a, b)
    return Preference(
        release=release,
        preference_id=content_id([case.comparison_id, chosen, rejected, tied]),
        comparison_id=case.comparison_id,
        prompt_id=case.prompt_id,
        chosen_id=chosen,
        rejected_id=rejected,
        is_tied=tied,
        confidence=case.p_tie if tied else max(case.p_a, case.p_b),
        margin=abs(case.p_a - case.p_b),
        evidence=evidence_of(case),
        split=split,
        near_group=near_group,
    )


def evidence_of(case: Case) -> tuple[str, ...]:
    """Return the judgments that a label rests on: readable, of annotators with weight whose verdict held.

    The weight is what a verdict for a or b adds. A tie rests on the verdicts that call it one, whoever gave them.
    """
    heard = (s.judgment_ids for s in case.stands if _is_evidence(s, case))
    return tuple(sorted(chain.from_iterable(heard)))


def _is_evidence(stand: Stand, case: Case) -> bool:
    if case.verdict == "tie" == stand.verdict:
        return True
    return abs(stand.weight) >= MUTE_BELOW and not stand.is_flipped


def _not_best_worst(cases: list[Case], staging: Staging) -> dict[str, str | None]:
    table = staging.read(Strength)
    columns = (table[name].to_pylist() for name in ("response_id", "strength"))
    wanted = furthest_apart(cases, _sides(staging), dict(zip(*columns, strict=True)))
    others = (case.comparison_id for case in cases if case.comparison_id not in wanted)
    return dict.fromkeys(others, "not_best_worst")


def _sides(staging: Staging) -> dict[str, tuple[str, str]]:
    rows = staging.read(Comparison).select(["comparison_id", "response_ids"]).to_pylist()
    return {r["comparison_id"]: (r["response_ids"][0], r["response_ids"][1]) for r in rows}


def _place(
    prompt_ids: set[str],
    staging: Staging,
    settings: AssembleSettings,
    beam: BeamSettings,
    published: PublishedPrompts,
) -> Placement:
    prompts = staging.read(Prompt)
    prompts = prompts.filter(pc.is_in(prompts["prompt_id"], pa.array(prompt_ids, pa.string())))
    return place_prompts(
        prompts,
        published,
        settings.splits,
        settings.same_split_from,
        beam,
        staging.root / "beam" / "group",
    )
