"""What judges are asked to prove rubrics on: each held-out comparison with each rubric that is tried on it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.exemplars import Exemplars
from winnow.annotation.judge import ComparisonView, RubricView, SubjectView
from winnow.annotation.rubrics.standing import in_order
from winnow.pipelines.labelling.portions import StagedPortion
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.labelling.subjects import subjects_for
from winnow.schemas.comparisons import Comparison
from winnow.schemas.prompts import Prompt
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.warehouse.places.placed_file import PlacedFile
from winnow.warehouse.staging import Staging

Way = Literal["votes", "without", "control"]
"""With each rubric that is tried, without any, or with one of another prompt."""

_TRIALS = "trials.parquet"


class ProvingPortion(NamedTuple):
    """Some of the held-out comparisons, to be judged one way."""

    staged: StagedPortion
    """The comparisons with their texts, and the rubrics that are tried on any of them."""

    way: Way
    """How they are judged."""

    @property
    def name(self) -> str:
        """Its name, which is no beginning of another's."""
        return self.staged.name

    def views(self) -> list[ComparisonView]:
        """Read the comparisons of two with their texts."""
        return self.staged.views()

    def known(self, annotator_id: str) -> Collection[str]:
        """Return nothing: what was judged before was judged by other rubrics, or is in the store."""
        return ()

    def subjects(self, entry: JudgeSettings, exemplars: Exemplars | None) -> list[SubjectView]:
        """List what a judge is asked about, by all rubrics of one subject one after the other."""
        pairs = self.views()
        if exemplars is not None:
            pairs = exemplars.shown_with(pairs)
        views = subjects_for(entry, pairs)
        tried = self._tried(pairs)
        if self.way == "without":
            return [view for view in views if view.subject_id in tried]
        rubrics = _read_rubrics(Staging(self.staged.root))
        return [
            view.model_copy(update={"rubric": rubric})
            for view in views
            for rubric in self._by(view, [rubrics[i] for i in tried[view.subject_id]], rubrics)
        ]

    def passed_over(self, entry: JudgeSettings) -> list[SubjectView]:
        """Return nothing: what proves a rubric is asked everywhere."""
        return []

    def _tried(self, pairs: Sequence[ComparisonView]) -> Mapping[str, Sequence[str]]:
        """Return the rubrics that are tried on each comparison, and on each response of them, by their ids."""
        rows = PlacedFile(self.staged.root, _TRIALS).read()
        on: defaultdict[str, set[str]] = defaultdict(set)
        sides = {view.comparison_id: (view.a, view.b) for view in pairs}
        for comparison_id, rubric_id in zip(*(c.to_pylist() for c in rows.columns), strict=True):
            on[comparison_id].add(rubric_id)
            for response in sides.get(comparison_id, ()):
                on[response.response_id].add(rubric_id)
        return defaultdict(tuple, {subject: sorted(ids) for subject, ids in on.items()})

    def _by(
        self, view: SubjectView, own: Sequence[RubricView], rubrics: Mapping[str, RubricView]
    ) -> Iterator[RubricView]:
        if self.way == "votes":
            yield from own
        elif own:
            first = own[0].rubric.rubric_id
            # The next one after its own in the order of ids, round the end: the same for all who look.
            ids = sorted(rubrics, key=lambda i: (i <= first, i))
            others = (rubrics[i] for i in ids if not _applies(rubrics[i].rubric, view.prompt))
            yield from (one for _, one in zip(range(1), others, strict=False))


def give_rubrics(
    portions: Sequence[StagedPortion], trials: pa.Table, rubrics: pa.Table, criteria: pa.Table
) -> None:
    """Write beside the comparisons of each portion which rubrics are tried on them, and those rubrics.

    Args:
        portions: Portions of the comparisons that anything is tried on.
        trials: comparison_id and rubric_id of what is tried on what.
        rubrics: Rows of the rubrics table.
        criteria: Rows of the criteria table, those that were not merged into others.
    """
    for portion in portions:
        own = Staging(portion.root)
        ids = own.read(Comparison, ("comparison_id",))["comparison_id"]
        mine = trials.filter(pc.is_in(trials["comparison_id"], value_set=ids))
        PlacedFile(portion.root, _TRIALS).write(mine)
        wanted = mine["rubric_id"].unique()
        own.write(Rubric, rubrics.filter(pc.is_in(rubrics["rubric_id"], value_set=wanted)))
        own.write(Criterion, criteria.filter(pc.is_in(criteria["rubric_id"], value_set=wanted)))


def _applies(rubric: Rubric, prompt: Prompt) -> bool:
    is_for_prompt = rubric.prompt_id in (None, prompt.prompt_id)
    return is_for_prompt and rubric.domain in (None, prompt.domain)


def _read_rubrics(staging: Staging) -> dict[str, RubricView]:
    criteria: defaultdict[str, list[Criterion]] = defaultdict(list)
    for criterion in Criterion.from_table(staging.read(Criterion)):
        criteria[criterion.rubric_id].append(criterion)
    rubrics = Rubric.from_table(staging.read(Rubric).sort_by("rubric_id"))
    return {
        r.rubric_id: RubricView(rubric=r, criteria=in_order(criteria[r.rubric_id])) for r in rubrics
    }
