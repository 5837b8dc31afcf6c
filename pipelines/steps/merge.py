"""The step in which derived criteria that say the same become one."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from winnow.annotation.embeddings import TFIDF
from winnow.pipelines.rubrics.holding_out import SHARE
from winnow.pipelines.rubrics.merged import HowMerged
from winnow.pipelines.rubrics.merging import merge
from winnow.pipelines.steps.step import STEPS, Step, StepContext
from winnow.schemas.rubrics import Reach
from winnow.schemas.runs import StageCount


@STEPS.register("merge")
class MergeStep(Step):
    """Merge criteria of derived rubrics that say the same, refuse opposites, and keep rubrics short.

    Criteria that are alike are shown to a model, which says whether they say the same. Merged ones keep all that
    they rest on. Of opposites and mirror images the one that rests on fewer prompts is refused, and both where they rest on as
    many. Where judgments hold verdicts on the criteria, weights are fitted to those on comparisons that nothing is proven on.
    Rubrics that people wrote stay as they are.
    """

    changes_labels: ClassVar[bool] = False

    model: str
    """Name of the model in the settings that says whether criteria say the same."""

    reach: Reach | None = None
    """What merged rubrics are for: one prompt, the prompts of one domain, or all. Left out, what theirs are for."""

    max_criteria: Annotated[int, Field(ge=1)] = 8
    """Criteria that a rubric holds at most: those stay that say most and differ most."""

    min_prompts: Annotated[int, Field(ge=1)] = 2
    """Prompts that a criterion for more than one prompt has to rest on at least."""

    similarity: Annotated[float, Field(gt=0, le=1)] = 0.3
    """How alike two criteria have to be, 0 to 1, for the model to be asked about them."""

    similar_by: Annotated[str, Field(min_length=1)] = TFIDF
    """What makes criteria alike: "tfidf", the words they share; or learned embeddings, which know other words for the same:
    "minilm", or a folder or the hub id of a model that was downloaded. Each has a `similarity` of its own, to be given beside."""

    share: Annotated[float, Field(gt=0, lt=1)] = SHARE
    """Share of the comparisons whose verdicts decide nothing here, so that rubrics can be proven there; as in the steps `derive` and
    `prove`."""

    @model_validator(mode="after")
    def _check_similarity(self) -> Self:
        if self.similar_by != TFIDF and "similarity" not in self.model_fields_set:
            raise ValueError(
                f"similar_by is {self.similar_by!r}, whose similarities are not those of words; give similarity as well, "
                "such as 0.6 for minilm"
            )
        return self

    @property
    def learned(self) -> str | None:
        """As the settings say."""
        return None if self.similar_by == TFIDF else self.similar_by

    def calls(self) -> Iterator[tuple[str, str]]:
        """Name the model."""
        yield "model", self.model

    def work(self, at: StepContext) -> list[StageCount]:
        """Merge.

        Counts criteria: each becomes a merged one or a reject, as `duplicate` of the one that it was merged into, `mirror`,
        `contradicts`, `single_example`, `no_gain` or `over_cap`. Counts requests beside, with those that nothing could be read of.
        """
        how = HowMerged(
            self.reach,
            self.max_criteria,
            self.min_prompts,
            self.similarity,
            self.share,
            self.similar_by,
        )
        return merge(
            at.staging,
            how,
            at.run_id,
            model=at.models[self.model],
            answer=at.answer,
            beam=at.beam,
            stage=at.stage,
        )
