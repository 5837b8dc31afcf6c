"""The step that names prompts, responses or comparisons, for later steps to work on."""

from typing import Annotated, Self

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from winnow.pipelines.steps.selecting import CHOICES, check_sql, in_order
from winnow.pipelines.steps.step import STEPS, Step, StepContext, WorksOn
from winnow.pipelines.tally import Tally
from winnow.schemas.runs import StageCount
from winnow.schemas.selections import Selection


@STEPS.register("select")
class SelectStep(Step):
    """Name some of the prompts, responses or comparisons that `of` chooses, such as the best response of each prompt.

    What it chose is in the table `selections`, and a step after it works on that alone where its `of` gives the name.
    """

    named: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """Name of the selection, which `of` of a later step gives."""

    what: WorksOn
    """What is chosen: "prompts", "responses" or "comparisons"."""

    by: str | None = None
    """What comes first, as SQL on a row that is smallest for it, such as "confidence" or "-win_rate"; left out, the ids decide."""

    per_prompt: Annotated[int, Field(ge=1)] | None = None
    """Chosen of one prompt at most; left out, no limit."""

    most: Annotated[int, Field(ge=1)] | None = None
    """Chosen in all at most; left out, no limit."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.named in CHOICES:
            raise ValueError(
                f"named is {self.named!r}, which `of` knows already; choose another name"
            )
        if self.by is not None:
            try:
                check_sql(self.by, self.what)
            except ValueError as error:
                raise ValueError(f"by: {error}") from None
        return self

    @property
    def works_on(self) -> WorksOn:
        """What the settings say is chosen."""
        return self.what

    def work(self, at: StepContext) -> list[StageCount]:
        """Stage what is chosen, and count it: what is not chosen stays as it is and is no reject."""
        tally = Tally(at.stage, self.what, at.run_id)
        found = in_order(self.what, self.by, at.chosen, at.staging)
        ids = self._first(found)
        like = Selection(
            run_id=at.run_id, name=self.named, subjects=self.what, subject_id="-", place=1
        )
        columns = {"subject_id": ids, "place": np.arange(1, len(ids) + 1)}
        at.staging.write(Selection, Selection.from_columns(columns, like), part=at.stage)
        at.say(f"  {at.stage:<10} {self.named}: {len(ids):,} of {found.num_rows:,} {self.what}")
        return [tally.close(at.staging, n_in=len(ids), n_out=len(ids))]

    def _first(self, found: pa.Table) -> pa.Array:
        """Return the ids of the first of each prompt, and of them the first in all."""
        ids = found["id"].combine_chunks()
        if self.per_prompt is not None:
            prompt = np.asarray(found["prompt_id"].combine_chunks().dictionary_encode().indices)
            order = np.argsort(prompt, kind="stable")
            is_new = np.diff(prompt[order], prepend=-1) != 0
            places = np.arange(len(order))
            rank = places - np.maximum.accumulate(np.where(is_new, places, 0))
            ids = ids.take(pa.array(np.sort(order[rank < self.per_prompt])))
        return ids if self.most is None else ids.slice(0, self.most)
