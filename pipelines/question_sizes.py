"""How long the questions of a run and their answers are, before anything is asked."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.judge import Judge, RubricView
from winnow.pipelines.first_round import made_up, n_shown
from winnow.pipelines.known_texts import known_prompts
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.steps.sample import SampleSettings
from winnow.pipelines.steps.sequence import (
    PlacedStep,
    annotators_in,
    comparisons_in,
    samples_in,
)
from winnow.schemas.comparisons import Comparison
from winnow.schemas.model_input import model_input
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.warehouse.staging import Staging

Count = Callable[[Sequence[Message]], int]
"""Counts the tokens of a conversation."""

BYTES_PER_TOKEN = 4
_SHORTENS = ("criteria_at_once", "max_reason_chars")
"""Settings of judges that make answers shorter, where they have them."""


class SizedQuestion(NamedTuple):
    """One thing asked, as far as it is known before anything is sampled."""

    messages: tuple[Message, ...]
    """The conversation, without the words of responses."""

    n_answer: int
    """Tokens that its answer may take."""

    texts: tuple[str, ...] = ()
    """Words that are read with it, such as a response that is there."""

    n_more: int = 0
    """Tokens of what is read with it and is not there yet."""

    def n_tokens(self, count: Count) -> int:
        """Count the tokens that the model reads."""
        texts = sum(count([Message(role="user", content=text)]) for text in self.texts)
        return count(self.messages) + texts + self.n_more


class Ask(NamedTuple):
    """What one entry of the settings asks, at its shortest and its longest."""

    place: str
    """The entry, such as "label[0]"."""

    model: str
    """Name of the model in the settings."""

    shortest: SizedQuestion
    longest: SizedQuestion

    knob: str
    """The setting that makes answers shorter."""


def estimate(messages: Sequence[Message]) -> int:
    """Estimate the tokens of a conversation, four bytes each."""
    return sum(len(turn.text().encode("utf-8", "replace")) for turn in messages) // BYTES_PER_TOKEN


def asks_of(staging: Staging, sequence: Sequence[PlacedStep]) -> list[Ask]:
    """Say what a run will ask.

    Args:
        staging: Holds what was read: prompts, ready responses and ready comparisons.
        sequence: The steps of the run.
    """
    sample = list(samples_in(sequence))
    judges = [(place, e) for place, e in annotators_in(sequence) if isinstance(e, JudgeSettings)]
    ends = _shortest_and_longest(staging) if sample or judges else None
    if ends is None:
        return []
    asked = list(_samples(ends, sample))
    n_sampled = max((entry.max_tokens for _, entry in sample), default=0)
    sizes = [getattr(settings.build(), "size", 2) for settings in comparisons_in(sequence)]
    n_together = max([_most_ready(staging), *sizes])
    longest = _longest_response(staging)
    rubrics = _rubrics(staging) if any(e.build().by_rubric for _, e in judges) else None
    for place, entry in judges:
        judge = entry.build()
        if judge.by_rubric and rubrics is None:
            continue  # they are derived later, and nobody knows how long they are
        n = n_shown(judge, n_together)
        by = rubrics if judge.by_rubric and rubrics else (None, None)
        asked.append(_judged(place, entry, ends, by, longest, n, n_sampled))
    return asked


def _samples(
    ends: tuple[Prompt, Prompt], sample: Sequence[tuple[str, SampleSettings]]
) -> Iterator[Ask]:
    shortest, longest = (model_input(prompt) for prompt in ends)
    for place, entry in sample:
        yield Ask(
            place,
            entry.model,
            SizedQuestion(shortest.messages(), entry.max_tokens),
            SizedQuestion(longest.messages(), entry.max_tokens, (longest.tools or "",)),
            "max_tokens",
        )


def _judged(
    place: str,
    entry: JudgeSettings,
    ends: tuple[Prompt, Prompt],
    rubrics: tuple[RubricView | None, RubricView | None],
    longest: str,
    n: int,
    n_sampled: int,
) -> Ask:
    judge = entry.build()
    few = _ask(judge, ends[0], n_shown(judge, 2), rubrics[0])
    many = _ask(judge, ends[1], n, rubrics[1])
    ready, exemplars = estimate([Message(role="user", content=longest)]), 0
    if judge.shows:
        exemplars = judge.shows.n * judge.shows.max_chars // BYTES_PER_TOKEN
    is_ready = ready > n_sampled
    return Ask(
        place,
        entry.model,
        few,
        many._replace(
            texts=(longest,) * n if is_ready else (),
            n_more=exemplars + (0 if is_ready else n * n_sampled),
        ),
        next((name for name in _SHORTENS if hasattr(entry.drawn_once, name)), "max_critique_chars"),
    )


def _ask(judge: Judge, prompt: Prompt, n: int, rubric: RubricView | None) -> SizedQuestion:
    """Have a judge ask about responses that say nothing."""
    view = made_up(judge, prompt, *[""] * n).model_copy(update={"rubric": rubric})
    asked = (SizedQuestion(one.messages, one.max_tokens) for one in judge.ask(view))
    nothing = SizedQuestion(
        model_input(prompt).messages(), 1
    )  # what says nothing may not be asked about
    return max(asked, key=lambda one: one.n_tokens(estimate) + one.n_answer, default=nothing)


def _rubrics(staging: Staging) -> tuple[RubricView, RubricView] | None:
    """Find the staged rubrics that say least and most, by characters; None where there is none with a criterion."""
    criteria = staging.read(Criterion)
    lengths = pc.utf8_length(criteria["text"])
    sizes = pa.table({"rubric_id": criteria["rubric_id"], "n": lengths})
    found = sizes.group_by("rubric_id").aggregate([("n", "sum")])
    ordered = found.sort_by([("n_sum", "ascending"), ("rubric_id", "ascending")])["rubric_id"]
    rubrics = staging.read(Rubric)
    ids = ordered.filter(pc.is_in(ordered, rubrics["rubric_id"].combine_chunks())).to_pylist()
    if not ids:
        return None
    views = []
    for rubric_id in (ids[0], ids[-1]):
        (rubric,) = Rubric.from_table(rubrics.filter(pc.equal(rubrics["rubric_id"], rubric_id)))
        its_own = criteria.filter(pc.equal(criteria["rubric_id"], rubric_id))
        views.append(RubricView(rubric=rubric, criteria=tuple(Criterion.from_table(its_own))))
    return views[0], views[1]


def _shortest_and_longest(staging: Staging) -> tuple[Prompt, Prompt] | None:
    """Find the prompts that say least and most, by characters."""
    table = known_prompts(staging)
    if not table.num_rows:
        return None
    sizes = _sizes(table)
    shortest, longest = Prompt.from_table(table.take([int(sizes.argmin()), int(sizes.argmax())]))
    return shortest, longest


def _sizes(prompts: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Count the characters of messages and documents; shape (n_prompts,)."""
    sizes = np.zeros(prompts.num_rows)
    for column, field in (("messages", "content"), ("contexts", None)):
        lists = prompts[column].combine_chunks()
        texts = lists.flatten().field(field) if field else lists.flatten()
        lengths = pc.fill_null(pc.utf8_length(texts), 0).to_numpy(zero_copy_only=False)
        sizes += np.bincount(pc.list_parent_indices(lists), lengths, prompts.num_rows)
    return sizes


def _longest_response(staging: Staging) -> str:
    texts = staging.read(Response)["text"]
    if not len(texts):
        return ""
    lengths = pc.fill_null(pc.utf8_length(texts), 0)
    return texts[pc.index(lengths, pc.max(lengths)).as_py()].as_py() or ""


def _most_ready(staging: Staging) -> int:
    sizes = pc.list_value_length(staging.read(Comparison)["response_ids"])
    return pc.max(sizes).as_py() or 0
