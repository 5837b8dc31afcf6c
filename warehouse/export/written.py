"""What an export has written so far, counted."""

from collections import Counter
from collections.abc import Collection, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.splits import split_of, splits_of
from winnow.warehouse.export.layout import ManyRows, Rows
from winnow.warehouse.export.not_carried import count_not_carried
from winnow.warehouse.export.rows import PromptGroup

TRAIN = "train"
"""The split that nothing is held out in."""


class Written:
    """Counts rows, what is left out, and what became of the splits."""

    def __init__(self, shares: Iterable[str], without_place: Collection[str]) -> None:
        """Begin to count.

        Args:
            shares: Splits that there may be.
            without_place: Columns that the rows have no place for.
        """
        self.n_rows: Counter[str] = Counter(dict.fromkeys(shares, 0))
        self.n_left_out: Counter[str] = Counter()
        self.n_not_carried: Counter[str] = Counter()
        self.n_moved = self.n_let_in = self.n_ungrouped = 0
        self._without_place = frozenset(without_place)

    def add(self, group: PromptGroup, split: str, made: Rows) -> None:
        """Count what became of a prompt."""
        self.n_rows[split] += len(made.rows)
        self.n_left_out.update(made.left_out)
        self.n_moved += split != group.split
        self.n_let_in += group.split != TRAIN and split == TRAIN
        self.n_ungrouped += not group.near_group
        if made.rows:  # of what is left out whole no column is missed
            self.n_not_carried += count_not_carried(group.rows, self._without_place)

    def add_plain(self, rows: pa.Table, split: pa.Array, made: ManyRows) -> None:
        """Count what became of many plain prompts: of what they hold, only metadata may have no place."""
        kept = pa.array(made.is_kept)
        for name, n in _counts(split.filter(kept)):
            self.n_rows[name] += n
        self.n_left_out.update(made.left_out)
        # All rows of a prompt are alike in these.
        first = np.flatnonzero(~_repeats(rows["prompt_id"]))
        before, after, group = (
            column.take(pa.array(first)) for column in (rows["split"], split, rows["near_group"])
        )
        is_moved, is_train = pc.not_equal(before, after), pc.equal(after, TRAIN)
        self.n_moved += pc.sum(is_moved).as_py() or 0
        self.n_let_in += pc.sum(pc.and_(is_moved, is_train)).as_py() or 0
        self.n_ungrouped += pc.sum(pc.equal(group, "")).as_py() or 0
        if "metadata" in self._without_place:
            told = rows.filter(pc.and_(kept, pc.is_valid(rows["metadata"])))
            if n := pc.count_distinct(told["prompt_id"]).as_py():
                self.n_not_carried["metadata"] += n


def split_for(group: PromptGroup, splits: dict[str, float] | None) -> str:
    """Choose the split of a prompt in an export: that of the release, unless other shares are asked for.

    Then what the release holds out stays held out under its own name, where such a split is asked for; of the rest,
    the hash of the first prompt_id that it hangs together with decides.
    """
    if splits is None or (group.split != TRAIN and group.split in splits):
        return group.split
    return split_of(group.near_group or group.prompt_id, splits)


def splits_for(rows: pa.Table, splits: dict[str, float] | None) -> pa.Array:
    """Do what `split_for` does for each row; shape (n_rows,)."""
    own = rows["split"].combine_chunks()
    if splits is None:
        return own
    is_alone = pc.equal(rows["near_group"], "")
    first = pc.if_else(is_alone, rows["prompt_id"], rows["near_group"]).combine_chunks()
    stays = pc.and_(pc.not_equal(own, TRAIN), pc.is_in(own, pa.array(splits, pa.string())))
    return pc.if_else(stays, own, splits_of(first, splits))


def _repeats(ids: pa.ChunkedArray) -> np.ndarray:
    code = np.asarray(ids.combine_chunks().dictionary_encode().indices)
    return np.append(False, code[1:] == code[:-1]) if len(code) else np.zeros(0, bool)


def _counts(names: pa.Array) -> Iterable[tuple[str, int]]:
    return [(row["values"], row["counts"]) for row in pc.value_counts(names).to_pylist()]
