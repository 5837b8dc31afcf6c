"""Groups of any number are taken apart without any of them, or their judgments, being held whole."""

from collections.abc import Collection
from pathlib import Path

import pyarrow as pa
import pytest

from tests.pipelines.toy import ask, stage
from winnow.pipelines.labelling.said_files import SaidFolder
from winnow.pipelines.labelling.ungrouping import read_rankings, ungroup
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.warehouse.staging import Staging


def group(ids: str, strategy: str) -> Comparison:
    return Comparison(prompt_id="p", response_ids=tuple(ids), strategy=strategy)


def test_groups_are_taken_apart_and_rankings_read_with_few_columns_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging = stage(tmp_path, ask("Why?"))
    groups = [group("abc", "one"), group("bcd", "two"), group("ad", "known")]
    staging.write(Comparison, groups)
    ranked = groups[0]
    said = Judgment(
        comparison_id=ranked.comparison_id,
        subject_id=ranked.comparison_id,
        annotator_id="ann",
        kind="human",
        ranking=("b", "a", "c"),
        rationale="long",
    )
    unranked = said.model_copy(update={"ranking": None, "verdict": "invalid", "judgment_id": "x"})
    staging.write(Judgment, [said, unranked])
    held: list[Collection[str] | None] = []
    read_of = Staging.read

    def noting(
        self: Staging, record: type[Record], columns: Collection[str] | None = None
    ) -> pa.Table:
        held.append(columns)
        return read_of(self, record, columns)

    monkeypatch.setattr(Staging, "read", noting)
    ungroup(staging)
    folder = SaidFolder(tmp_path / "said")
    read_rankings(staging, folder)
    assert all(columns is not None and "rationale" not in columns for columns in held)
    monkeypatch.undo()
    pairs = Comparison.from_table(staging.read_part(Comparison, "ungrouped"))
    winner = max(groups[:2], key=lambda one: one.comparison_id).strategy
    assert {"".join(p.response_ids): p.strategy for p in pairs} == {
        "ab": "one",
        "ac": "one",
        "bc": winner,
        "bd": "two",
        "cd": "two",
    }
    assert [p.comparison_id for p in pairs] == sorted(p.comparison_id for p in pairs)
    assert folder.n_rows() == 3 + 1
