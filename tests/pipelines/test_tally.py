from pathlib import Path

import pytest

from winnow.pipelines.tally import Tally
from winnow.schemas.rejects import Reject
from winnow.warehouse.staging import Staging


def test_what_is_rejected_is_counted_by_reason_and_staged(tmp_path: Path) -> None:
    tally = Tally("keep", "labels", "run")
    for name, reason in (("x", "low_margin"), ("y", "low_agreement"), ("z", "low_margin")):
        tally.reject("label", name, reason, "found")
    count = tally.close(Staging(tmp_path), n_in=5, n_out=2)
    assert [(r.reason, r.n) for r in count.rejects] == [("low_agreement", 1), ("low_margin", 2)]
    rejects = Reject.from_table(Staging(tmp_path).read(Reject))
    assert [(r.record_id, r.stage, r.run_id) for r in rejects] == [
        ("x", "keep", "run"),
        ("y", "keep", "run"),
        ("z", "keep", "run"),
    ]


def test_a_record_that_disappears_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="stage keep: 5 labels in, but 4 out and 0 rejected"):
        Tally("keep", "labels", "run").close(Staging(tmp_path), n_in=5, n_out=4)


def test_a_record_that_is_rejected_twice_is_an_error(tmp_path: Path) -> None:
    tally = Tally("keep", "labels", "run")
    tally.reject("label", "x", "low_margin")
    tally.reject("label", "x", "low_agreement")
    with pytest.raises(RuntimeError, match="stage keep: a record was rejected twice"):
        tally.close(Staging(tmp_path), n_in=2, n_out=0)


def test_a_stage_that_is_repeated_replaces_its_rejects(tmp_path: Path) -> None:
    for _ in range(2):
        tally = Tally("keep", "labels", "run")
        tally.reject("label", "x", "low_margin")
        tally.close(Staging(tmp_path), n_in=1, n_out=0)
    assert Staging(tmp_path).n_rows(Reject) == 1
