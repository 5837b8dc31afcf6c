"""What filters decide on: labelled comparisons, as columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.votes import Bools, Floats, Ints
from winnow.pipelines.filters.case import EVEN, Case, Stand
from winnow.pipelines.filters.stands import Stands, Words
from winnow.pipelines.labels.cycles import CycleLink
from winnow.pipelines.near.leaders import NearTo


@dataclass(frozen=True)
class Cases:
    """Labelled comparisons, one row each, ordered by comparison_id; see `Case`. What is not known is NaN."""

    comparison_id: pa.Array
    """The comparisons; shape (n,)."""

    prompt_id: pa.Array
    """Their prompts; shape (n,)."""

    p_a: Floats
    """Probability that a is better; shape (n,)."""

    p_b: Floats
    """Probability that b is better; shape (n,)."""

    p_tie: Floats
    """Probability that neither is; shape (n,)."""

    agreement: Floats
    """Share of the evidence that agrees with the label; shape (n,)."""

    low: Floats
    """Lower end of the 90 % interval of p_a / (p_a + p_b); shape (n,)."""

    high: Floats
    """Upper end of it; shape (n,)."""

    n_responses: Ints
    """Responses compared; shape (n,)."""

    n_empty: Ints
    """Of those, the ones without text and tool calls; 0 as long as nobody looked; shape (n,)."""

    n_repeated: Ints
    """Of those, the ones that look like an earlier one; 0 as long as nobody looked; shape (n,)."""

    n_unknown: Ints
    """Of those, the ones of which nobody knows what they say; 0 as long as nobody looked; shape (n,)."""

    stands: Stands
    """Where the annotators stand on them."""

    near: Mapping[str, NearTo] = field(default_factory=dict)
    """The kept prompt that a prompt nearly repeats, by prompt_id; empty as long as nobody looked."""

    cycle_links: Mapping[str, tuple[CycleLink, ...]] = field(default_factory=dict)
    """Places in cycles among the labels of a prompt, by comparison_id; those that are in none are left out."""

    def __len__(self) -> int:
        return len(self.comparison_id)

    @property
    def likeliest(self) -> Floats:
        """Probability of the likeliest verdict; shape (n,)."""
        return np.maximum(np.maximum(self.p_a, self.p_b), self.p_tie)

    @property
    def verdict(self) -> Words:
        """The likeliest verdict, "a", "b" or "tie"; "" where a and b are as likely and a tie is less so; shape (n,)."""
        is_even = np.abs(self.p_a - self.p_b) <= EVEN
        decided = np.where(is_even, "", np.where(self.p_a > self.p_b, "a", "b"))
        return np.where(self.p_tie >= np.maximum(self.p_a, self.p_b), "tie", decided)

    def take(self, rows: Ints) -> Self:
        """Return some comparisons, in the order given."""
        floats = ("p_a", "p_b", "p_tie", "agreement", "low", "high")
        counts = ("n_responses", "n_empty", "n_repeated", "n_unknown")
        return replace(
            self,
            comparison_id=self.comparison_id.take(pa.array(rows)),
            prompt_id=self.prompt_id.take(pa.array(rows)),
            stands=self.stands.of_cases(rows),
            **{name: getattr(self, name)[rows] for name in (*floats, *counts)},
        )

    def only(self, which: Bools) -> Self:
        """Return the comparisons for which something holds."""
        return self.take(np.flatnonzero(which))

    def rows_of(self, comparison_ids: pa.Array) -> Ints:
        """Return the rows of some comparisons; those that are not here are left out."""
        found = pc.index_in(comparison_ids, value_set=self.comparison_id)
        return np.asarray(found.drop_null(), np.int64)

    def __iter__(self) -> Iterator[Case]:
        """Yield one comparison after the other, for what is written against one."""
        stands: list[list[Stand]] = [[] for _ in range(len(self))]
        for case, stand in zip(self.stands.case.tolist(), _each(self.stands), strict=True):
            stands[case].append(stand)
        labels = zip(self.p_a.tolist(), self.p_b.tolist(), self.p_tie.tolist(), _known(self.agreement), strict=True)  # fmt: skip
        counts = zip(self.n_responses.tolist(), self.n_empty.tolist(), self.n_repeated.tolist(), self.n_unknown.tolist(), strict=True)  # fmt: skip
        ids = zip(self.comparison_id.to_pylist(), self.prompt_id.to_pylist(), strict=True)
        ends = zip(_known(self.low), _known(self.high), strict=True)
        for (comparison_id, prompt_id), label, said, n, (low, high) in zip(ids, labels, stands, counts, ends, strict=True):  # fmt: skip
            near, links = self.near.get(prompt_id), self.cycle_links.get(comparison_id, ())
            yield Case(comparison_id, prompt_id, *label, tuple(said), *n, near, links, low, high)


def _each(stands: Stands) -> Iterator[Stand]:
    columns = (stands.annotator, stands.weight, stands.is_flipped, stands.lean, stands.is_torn)
    rows = zip(*(column.tolist() for column in columns), _known(stands.rated), strict=True)
    kinds = stands.kinds.tolist()
    for annotator, weight, is_flipped, lean, is_torn, rated in rows:
        name, kind = stands.names[annotator], kinds[annotator]
        yield Stand(name, weight, is_flipped, kind, lean, is_torn, rated)


def _known(values: Floats) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]
