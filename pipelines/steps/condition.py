"""The step that puts prompts, and the responses to them, under conditions."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from winnow.annotation.conditions import (
    Condition,
    ConditionKind,
    conditioned,
    conditions_in,
    under_condition,
)
from winnow.pipelines.steps.step import STEPS, Step, StepContext, WorksOn
from winnow.pipelines.tally import Tally
from winnow.schemas.base import Record
from winnow.schemas.conditioned import unconditioned_ids
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount


@STEPS.register("condition")
class ConditionStep(Step):
    """Add, for each prompt that `of` chooses, the prompt under each condition, with the responses that are there.

    A condition stands in the system turn, so that models that are sampled, judges, people and exports all see it, and what is said under one condition
    says nothing of another. The prompts without a condition stay; `of: conditioned` of a later step works on the others alone.
    """

    subject: ClassVar[WorksOn | None] = "prompts"

    conditions: tuple[Condition, ...] = ()
    """Conditions that every prompt is put under, one after the other."""

    metadata_key: str | None = None
    """Key of the prompts' metadata that holds conditions of their own: a text, a list of texts, or of {kind, text}."""

    kind: ConditionKind = "context"
    """What the conditions in metadata are, where they do not say it: "principle", "persona", "context" or "goal"."""

    with_responses: Annotated[bool, Field(strict=True)] = True
    """Whether the responses that are there are put under the conditions too; false where they are to be sampled anew."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.conditions and self.metadata_key is None:
            raise ValueError("no condition is given; give conditions, metadata_key, or both")
        if "kind" in self.model_fields_set and self.metadata_key is None:
            raise ValueError(
                f"kind is {self.kind!r}, which is about metadata_key alone; give each of conditions its own kind"
            )
        return self

    def work(self, at: StepContext) -> list[StageCount]:
        """Stage prompts under conditions, and responses to them.

        Counts prompts under conditions. Rejects `no_condition` (nothing under the key, and none for all), `no_prompt` (nobody knows what was
        asked) and `malformed` (what stands under the key is no condition).
        """
        tally = Tally(at.stage, "prompts under conditions", at.run_id)
        # What an earlier attempt of this step made is put under no condition again.
        for record in (Prompt, Response):
            at.staging.discard(record, at.stage)
        made: dict[str, list[str]] = defaultdict(list)
        known = set(at.staging.read(Prompt, ["prompt_id"])["prompt_id"].to_pylist())
        at.staging.write(
            Prompt, _reader(Prompt, self._prompts(at, known, made, tally)), part=at.stage
        )
        if self.with_responses:
            at.staging.write(Response, _reader(Response, _responses(at, made)), part=at.stage)
        n_out = sum(map(len, made.values()))
        return [tally.close(at.staging, n_in=n_out + len(tally.rejects), n_out=n_out)]

    def _prompts(
        self, at: StepContext, known: set[str], made: dict[str, list[str]], tally: Tally
    ) -> Iterator[list[Prompt]]:
        for batch in _batches(at, Prompt, "prompt_id", at.chosen):
            under = unconditioned_ids(batch)
            found = []
            for prompt in Prompt.from_table(batch):
                if at.chosen is None and prompt.prompt_id in under:
                    continue  # it is under a condition already
                for condition in self._conditions(prompt, tally):
                    new = conditioned(prompt, condition)
                    if new.prompt_id not in known:
                        known.add(new.prompt_id)
                        made[prompt.prompt_id].append(new.prompt_id)
                        found.append(new)
            yield found

    def _conditions(self, prompt: Prompt, tally: Tally) -> Sequence[Condition]:
        if not prompt.is_known:
            tally.reject("prompt", prompt.prompt_id, "no_prompt")
            return ()
        own: Sequence[Condition] | None = None
        if self.metadata_key is not None:
            try:
                own = conditions_in(prompt, self.metadata_key, self.kind)
            except ValueError as error:
                tally.reject("prompt", prompt.prompt_id, "malformed", str(error))
                return ()
        if not own and not self.conditions:
            detail = f"metadata has nothing under {self.metadata_key}"
            tally.reject("prompt", prompt.prompt_id, "no_condition", detail)
        return list(dict.fromkeys([*self.conditions, *(own or ())]))


def _responses(at: StepContext, made: Mapping[str, Sequence[str]]) -> Iterator[list[Response]]:
    asked = pa.array(list(made), pa.string())
    for batch in _batches(at, Response, "prompt_id", asked):
        yield [
            under_condition(response, prompt_id)
            for response in Response.from_table(batch.filter(pc.is_valid(batch["text"])))
            for prompt_id in made[response.prompt_id]
        ]


def _batches(
    at: StepContext, record: type[Record], name: str, ids: pa.Array | None
) -> Iterator[pa.Table]:
    # The same table is written to meanwhile: into a draft, which is none of its parts until it is whole.
    for batch in at.staging.batches(record, record.arrow_schema().names):
        yield batch if ids is None else batch.filter(pc.is_in(batch[name], value_set=ids))


def _reader(record: type[Record], rows: Iterator[Sequence[Record]]) -> pa.RecordBatchReader:
    tables = (record.to_table(some) for some in rows)
    batches = (batch for table in tables for batch in table.to_batches())
    return pa.RecordBatchReader.from_batches(record.arrow_schema(), batches)
