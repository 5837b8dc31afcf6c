"""The filter on prompts that nearly repeat another that is kept."""

from typing import Annotated, ClassVar

import pyarrow as pa
from pydantic import Field

from winnow.pipelines.filters.case import FILTERS
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.rejecting import looked_up
from winnow.pipelines.near.leaders import NearTo
from winnow.pipelines.near.texts import shown
from winnow.schemas.base import Value


@FILTERS.register("near_duplicate", version=2)
class NearDuplicate(Value):
    """Reject a comparison when its prompt nearly repeats one that is kept.

    See `winnow.pipelines.near` for what near means, and `winnow.pipelines.near.leaders` for which one is kept.
    """

    reason: ClassVar[str] = "near_duplicate_prompt"

    threshold: Annotated[float, Field(gt=0, le=1)] = 0.9
    """Similarity, from 0 to 1, from which on two prompts count as the same."""

    def rejects(self, cases: Cases) -> pa.Array:
        """Say which prompt is repeated and how similar the two are, where one is."""
        said = {
            prompt_id: how_near(near)
            for prompt_id, near in cases.near.items()
            if near.likeness >= self.threshold
        }
        return looked_up(cases.prompt_id, said)


def how_near(near: NearTo) -> str:
    """Say which prompt is repeated and how similar the two are."""
    said = f"{shown(near.likeness)} similar to prompt {near.prompt_id}"
    if shown(near.plain) == shown(near.likeness):
        return said
    return f"{said} ({shown(near.plain)} with the text that many prompts share)"
