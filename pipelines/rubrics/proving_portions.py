"""What judges are asked to prove rubrics on: each held-out comparison with each rubric that it may prove."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.exemplars import Exemplars
from winnow.annotation.judge import ComparisonView, RubricView, SubjectView
from winnow.pipelines.labelling.portions import StagedPortion
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.labelling.subjects import subjects_for
from winnow.schemas.prompts import Prompt
from winnow.schemas.rubrics import Criterion, CriterionSource, Rubric
from winnow.warehouse.staging import Staging

Way = Literal["votes", "without", "control"]
"""With each rubric that applies, without any, or with one of another prompt."""


class ProvingPortion(NamedTuple):
    """Some of the held-out comparisons, to be judged one way."""

    staged: StagedPortion
    """The comparisons with their texts, and the rubrics that apply to any of them."""

    way: Way
    """How they are judged."""

    @property
    def name(self) -> str:
        """Its name, which is no beginning of another's."""
        return self.staged.name

    def views(self) -> list[ComparisonView]:
        """Read the comparisons of two with their texts."""
        return self.staged.views()

    def known(self, annotator_id: str) -> frozenset[str]:
        """Return nothing: what was judged before was judged by other rubrics."""
        return frozenset()

    def subjects(self, entry: JudgeSettings, exemplars: Exemplars | None) -> list[SubjectView]:
        """List what a judge is asked about, by all rubrics of one subject one after the other."""
        pairs = self.views()
        if exemplars is not None:
            pairs = exemplars.shown_with(pairs)
        views = subjects_for(entry, pairs)
        if self.way == "without":
            return views
        rubrics = read_rubrics(Staging(self.staged.root))
        return [
            view.model_copy(update={"rubric": rubric})
            for view in views
            for rubric in self._of(view.prompt, rubrics)
        ]

    def _of(self, prompt: Prompt, rubrics: Sequence[RubricView]) -> Iterator[RubricView]:
        own = [view for view in rubrics if applies(view.rubric, prompt)]
        if self.way == "votes":
            yield from own
        elif own:
            # The next one after its own in the order of ids, round the end: the same for all who look.
            later = sorted(
                rubrics, key=lambda view: view.rubric.rubric_id < own[0].rubric.rubric_id
            )
            others = (view for view in later if not applies(view.rubric, prompt))
            yield from [view for _, view in zip(range(1), others, strict=False)]


def applies(rubric: Rubric, prompt: Prompt) -> bool:
    """Say whether a rubric is for a prompt."""
    of_prompt = rubric.prompt_id in (None, prompt.prompt_id)
    return of_prompt and rubric.domain in (None, prompt.domain)


def read_rubrics(staging: Staging) -> list[RubricView]:
    """Read the staged rubrics with their criteria, both by their ids."""
    criteria: defaultdict[str, list[Criterion]] = defaultdict(list)
    for criterion in Criterion.from_table(staging.read(Criterion).sort_by("criterion_id")):
        criteria[criterion.rubric_id].append(criterion)
    rubrics = Rubric.from_table(staging.read(Rubric).sort_by("rubric_id"))
    return [RubricView(rubric=r, criteria=tuple(criteria[r.rubric_id])) for r in rubrics]


def give_rubrics(staging: Staging, portions: Sequence[StagedPortion], rubric_ids: pa.Array) -> None:
    """Write the rubrics that apply to any comparison of a portion beside its comparisons.

    Args:
        staging: Holds rubrics and criteria.
        portions: The portions.
        rubric_ids: The rubrics that count.
    """
    rubrics = _some(staging.read(Rubric), rubric_ids)
    criteria = _some(staging.read(Criterion), rubric_ids)
    sources = staging.read(CriterionSource, ("kind", "subject_id"))
    merged = sources["subject_id"].filter(pc.equal(sources["kind"], "criterion"))
    criteria = criteria.filter(pc.invert(pc.is_in(criteria["criterion_id"], value_set=merged)))
    for portion in portions:
        own = Staging(portion.root)
        prompts = own.read(Prompt, ("prompt_id",))["prompt_id"]
        reaches = pc.or_(
            pc.is_null(rubrics["prompt_id"]), pc.is_in(rubrics["prompt_id"], value_set=prompts)
        )
        mine = rubrics.filter(reaches)
        own.write(Rubric, mine)
        own.write(Criterion, _some(criteria, mine["rubric_id"]))


def _some(table: pa.Table, rubric_ids: pa.Array) -> pa.Table:
    return table.filter(pc.is_in(table["rubric_id"], value_set=rubric_ids))
