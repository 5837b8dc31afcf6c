"""The step in which a model improves responses, given what was said of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from winnow.annotation.refining import GUIDELINES, refinement
from winnow.pipelines.asking.shards import RequestFolder, request_rows
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Sampling
from winnow.pipelines.sampling.ask import Sample
from winnow.pipelines.sampling.files import read_sampled
from winnow.pipelines.staged_rows import rows_with
from winnow.pipelines.steps.step import STEPS, Step, StepContext
from winnow.pipelines.tally import Tally
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.last_word import LINKS, replaced_judgments
from winnow.schemas.model_input import model_input
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount
from winnow.schemas.sampled import Sampled
from winnow.warehouse.staging import Staging


class RefineRequest(NamedTuple):
    """A request for a better response."""

    parent: Response
    """The response that is to be improved."""

    request: ChatRequest
    """The request."""


@STEPS.register("refine")
class RefineStep(Sampling, Step):
    """Have a model improve each response that `of` chooses, given what was said of it.

    The new response has the old one as its `parent_id`; the old one stays. Compare the two in a step `compare` after it: that
    what was refined is better is for annotators to say.
    """

    subject = "responses"

    model: str
    """Name of the model in the settings."""

    guidelines: str = GUIDELINES
    """What a better response does, in the words that the model reads."""

    max_reviews: Annotated[int, Field(ge=0)] = 4
    """Reviews that it reads of one response at most; those that found most fault first."""

    def calls(self) -> Iterator[tuple[str, str]]:
        """Name the model."""
        yield "model", self.model

    def work(self, at: StepContext) -> list[StageCount]:
        """Stage an improved response for each that is chosen.

        Counts requests. Each becomes a response or a reject: with the failure's reason, as `unfinished_thought`, as
        `unchanged` where the model gave the response back as it was, as `repeated` where it said the same of another response to
        that prompt, or as `not_continued` where the response does not go on from the beginning that its prompt gives.
        """
        tally = Tally(at.stage, "requests", at.run_id)
        # What an earlier attempt of this step made is not to be refined in its turn.
        at.staging.discard(Response, at.stage)
        model = at.models[self.model]
        asked = list(self._requests(at, model, tally))
        parents = {one.parent.response_id: one.parent for one in asked}
        n_in = len(asked) + len(tally.rejects)
        with at.staging.shared(at.stage) as shared:
            folder = RequestFolder(shared)
            folder.write([request_rows([one.request for one in asked], list(parents))])
            answered = at.answer(folder, model=model, asking=f"model {model.name}")
            found = read_sampled(answered, model, [Sample(self.sampling(), 0)], at.beam)
            answers = [row for file in found.responses for row in file.read().to_pylist()]
        for request_id, reason, detail, parent_id in _rows(found.rejects):
            tally.reject("request", f"{parent_id} {request_id}", reason, detail)
        known = set(at.staging.read(Response, ["response_id"])["response_id"].to_pylist())
        made: list[Response] = []
        for row in sorted(answers, key=lambda row: row["prompt_id"]):
            parent = parents[row["prompt_id"]]
            refined = refined_from(parent, row)
            record_id = f"{parent.response_id} {refined.request_id}"
            if _says_the_same(refined, parent):
                tally.reject("request", record_id, "unchanged")
            elif refined.response_id in known:
                tally.reject("request", record_id, "repeated")
            else:
                known.add(refined.response_id)
                made.append(refined)
        made.sort(key=lambda r: r.response_id)
        at.staging.write(Response, made, part=at.stage)
        outcomes = [found.counts(at.run_id, at.stage)] if asked else []
        at.staging.write(Sampled, outcomes, part=at.stage)
        return [tally.close(at.staging, n_in=n_in, n_out=len(made), n_reused=found.n_reused)]

    def _requests(self, at: StepContext, model: ModelRef, tally: Tally) -> Iterator[RefineRequest]:
        table = rows_with(at.staging, Response, "response_id", at.chosen)
        table = table.filter(pc.is_valid(table["text"]))  # else nobody knows what it says
        asked = rows_with(at.staging, Prompt, "prompt_id", table["prompt_id"].unique())
        prompts = {p.prompt_id: p for p in Prompt.from_table(asked)}
        responses = sorted(Response.from_table(table), key=lambda r: r.response_id)
        reviews = reviews_of(at.staging, [r.response_id for r in responses])
        for response in responses:
            prompt = prompts[response.prompt_id]
            said = reviews.get(response.response_id, ())[: self.max_reviews]
            messages = refinement(prompt, response, said, self.guidelines)
            if messages is None:
                tally.reject("response", response.response_id, "not_continued")
                continue
            yield RefineRequest(
                response,
                model.ask(
                    messages=messages, tools=model_input(prompt).tools, sampling=self.sampling()
                ),
            )


def refined_from(parent: Response, said: Mapping[str, Any]) -> Response:
    """Put an improved last turn after the turns of the response that it improves."""
    its_own = {"response_id": "", "prompt_id": parent.prompt_id, "turns": parent.turns}
    return Response.model_validate(
        {**said, **its_own, "made": "refined", "parent_id": parent.response_id}
    )


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _says_the_same(found: Response, parent: Response) -> bool:
    one, other = ((r.text or "").strip() for r in (found, parent))
    return (one, found.tool_calls) == (other, parent.tool_calls)


def reviews_of(staging: Staging, response_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Write down what was said of responses: of each what it was rated and why, those that found most fault with it first.

    Args:
        staging: Holds comparisons and judgments.
        response_ids: The responses.

    Returns:
        Texts by response_id; a response of which nobody gave a reason or a rating is left out.
    """
    wanted = set(response_ids)
    sides = _sides(staging, pa.array(sorted(wanted), pa.string()))
    replaced = replaced_judgments(staging.read(Judgment, LINKS))
    said = rows_with(staging, Judgment, "subject_id", pa.array([*sides, *wanted], pa.string()))
    is_last = pc.invert(pc.is_in(said["judgment_id"], value_set=replaced))
    judgments = Judgment.from_table(said.filter(is_last))
    found: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for judgment in judgments:
        if judgment.verdict == "invalid" or judgment.is_discarded:
            continue
        about = sides.get(judgment.subject_id, [judgment.subject_id])
        for response_id in wanted.intersection(about):
            if text := _review(judgment, response_id, about):
                found[response_id].append(
                    (_merit(judgment, response_id, about), judgment.judgment_id, text)
                )
    return {i: [text for _, _, text in sorted(said)] for i, said in found.items()}


def _sides(staging: Staging, response_ids: pa.Array) -> dict[str, list[str]]:
    """Return the response_ids of each comparison that one of some responses stands in."""
    sides: dict[str, list[str]] = {}
    for batch in staging.batches(Comparison, ("comparison_id", "response_ids")):
        lists = batch["response_ids"].combine_chunks()
        is_wanted = pc.is_in(lists.flatten(), value_set=response_ids)
        found = batch.take(pc.list_parent_indices(lists).filter(is_wanted).unique())
        sides |= zip(*(column.to_pylist() for column in found.columns), strict=True)
    return sides


def _merit(judgment: Judgment, response_id: str, about: Sequence[str]) -> int:
    """Return 0 where the other response was preferred, 2 where this one was, else 1."""
    if len(about) != 2 or judgment.verdict not in ("a", "b"):
        return 1
    return 2 if about["ab".index(judgment.verdict)] == response_id else 0


def _review(judgment: Judgment, response_id: str, about: Sequence[str]) -> str:
    """Write what one judgment says of a response; empty where it says neither a reason nor a rating."""
    ratings = [
        f"{r.attribute} {r.score:g}" for r in judgment.ratings if r.response_id == response_id
    ]
    if not ratings and not judgment.rationale.strip():
        return ""
    stand = {
        0: "another answer was preferred to it",
        1: "",
        2: "it was preferred to another answer",
    }[_merit(judgment, response_id, about)]
    place = ""
    if len(about) == 2 and judgment.order:
        is_first = (about[0] == response_id) == (judgment.order == "ab")
        place = f"your answer is the {'first' if is_first else 'second'} of two that were read"
    lines = [
        stand,
        f"ratings: {', '.join(ratings)}" if ratings else "",
        place,
        judgment.rationale.strip(),
    ]
    return "\n".join(line for line in lines if line)
